import { describe, expect, it } from 'vitest'
import { Book } from './book.ts'
import { Excuses } from './excuses.ts'
import { expectPassed, expectRefused } from './expect.ts'
import { uuidOf } from './marks.ts'
import type { Got, Wanted } from './wire.ts'
import type { World } from './world.ts'

/** A world in which this was away and came back, both a while ago, as far as the times that it is asked about go. */
function aWorld(away: string | null, isBack: boolean) {
  const excuses = new Excuses()
  if (away !== null) excuses.isAway(away)
  if (away !== null && isBack) excuses.isBack(away, 5_000)
  const book = new Book([])
  return { world: { book, excuses } as unknown as World, book, since: performance.now() + (isBack ? 1 : 0) }
}

function asked(expected: 'pass' | 'refuse', method: string, octets: number | null, code: string) {
  const id = `${expected}-6f1c2f04-1f6e-4d4c-9f33-6c1a3a2b7f10`
  const fields = ['x-fapi-interaction-id', uuidOf(id)]
  const got = {
    ...{ status: 502, fields: new Map([[fields[0], fields[1]]]), octets: 0, isTiled: true, fault: null },
    text: JSON.stringify({ code }),
  }
  const wanted = { id, method, octets, fields, version: '2' }
  return { wanted: wanted as unknown as Wanted, got: got as unknown as Got }
}

describe('what an honest request is told', () => {
  it.each<[string, string | null, boolean, string, number | null, string, boolean]>([
    ['nobody was away', null, false, 'POST', 20, 'UPSTREAM_BROKEN', false],
    ['the upstream is away', 'accounts', false, 'GET', null, 'UPSTREAM_UNREACHABLE', true],
    ['another upstream is away', 'payments', false, 'GET', null, 'UPSTREAM_UNREACHABLE', false],
    ['the upstream is back', 'accounts', true, 'GET', null, 'UPSTREAM_UNREACHABLE', false],
    ['it could have been sent again', 'accounts', true, 'GET', null, 'UPSTREAM_BROKEN', false],
    ['it could not be sent again', 'accounts', true, 'POST', 20, 'UPSTREAM_BROKEN', true],
    ['it waited for one that is back', 'accounts', true, 'POST', 20, 'UPSTREAM_TIMEOUT', false],
    ['its issuer has new keys', 'issuer', true, 'GET', null, 'TOKEN_KEY_UNKNOWN', true],
    ['keys are no reason for it', 'issuer', true, 'GET', null, 'UPSTREAM_BROKEN', false],
    ['an upstream is no reason for it', 'accounts', false, 'GET', null, 'TOKEN_KEY_UNKNOWN', false],
    ['the gateway has too much to do', null, false, 'GET', null, 'OVERLOADED', true],
  ])('%s: %s (back: %s), %s with %s octets, %s', (_, away, isBack, method, octets, code, isExcused) => {
    const { world, book, since } = aWorld(away, isBack)
    const { wanted, got } = asked('pass', method, octets, code)
    expectPassed(world, 'k', wanted, got, { since, needs: ['accounts', 'issuer'], octets: 100 })
    const violated = isExcused ? [] : [`what must pass did not: ${code}`]
    expect([...book.violations.keys()]).toEqual(violated)
  })
})

it('what must be refused never waits for an upstream, be it away', () => {
  const { world, book } = aWorld('accounts', false)
  const { wanted, got } = asked('refuse', 'GET', null, 'UPSTREAM_UNREACHABLE')
  expectRefused(world, 'k', wanted, got)
  expect([...book.violations.keys()]).toEqual(['what must be refused was let through'])
})
