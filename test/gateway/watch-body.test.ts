import { hash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { D } from '../../src/decision/denials.ts'
import type { Admission } from '../../src/decision/verdict.ts'
import type { HeldBody } from '../../src/domain/held-body.ts'
import type { Exchange } from '../../src/gateway/exchange.ts'
import type { Services } from '../../src/gateway/serve.ts'
import { watchBody } from '../../src/gateway/watch-body.ts'

const LIMIT = 8 * 1024
const SHA256 = (text: string) => hash('sha256', text, 'base64')

/** Watches a body of such parts as a rule does that objects to each; what became of it once it ended, or was destroyed. */
async function watched(parts: readonly string[], ends: 'ends' | 'breaks off', room = 2 * LIMIT) {
  const body = new PassThrough()
  const trailers: string[] = []
  const judged: HeldBody[] = []
  const refused: string[] = []
  let taken = 0
  const take = (octets: number) => {
    if (taken + octets > room) return false
    taken += octets
    return true
  }
  const give = (octets: number) => {
    taken -= octets
  }
  const check = (whole: HeldBody) => {
    judged.push({ ...whole, blocks: [...whole.blocks] })
    return D.FIELD_NAME
  }
  const over = watchBody(
    {
      downstream: { body, trailers, connection: { remoteAddress: '127.0.0.1' } },
      facts: { hasBody: true },
      evidence: { token: null },
      held: null,
    } as unknown as Exchange,
    { holds: { limit: LIMIT, algorithms: ['sha-256'], checks: [check] } } as unknown as Admission,
    { watchedBodies: { of: () => ({ take, give }) }, now: () => 0 } as unknown as Services,
    ({ code }) => void refused.push(code),
  )
  expect(body.isPaused()).toBe(true)
  body.resume()
  for (const part of parts) {
    body.write(part)
    await nextTurn()
  }
  trailers.push('x-t', '1')
  if (ends === 'ends') body.end()
  else body.destroy()
  await over
  // What is over hears of its end all the same.
  await nextTurn()
  return { judged, refused, taken }
}

describe('a body that a rule only watches', () => {
  it.each([
    ['in one part', ['x'.repeat(LIMIT)]],
    ['in several', ['a', 'b', 'c']],
    ['of no octet', []],
  ])('is judged once it is whole: %s', async (_, parts) => {
    const text = parts.join('')
    const { judged, refused, taken } = await watched(parts, 'ends')
    expect(judged.map(({ blocks, length }) => [Buffer.concat(blocks).toString(), length])).toEqual([
      [text, text.length],
    ])
    const [{ digests, trailers }] = judged as [HeldBody]
    expect([digests.get('sha-256')?.toString('base64'), trailers]).toEqual([SHA256(text), ['x-t', '1']])
    expect([refused, taken]).toEqual([['FIELD_NAME'], 0])
  })

  it.each([
    [
      'that is too long is refused for that alone',
      ['x'.repeat(LIMIT), 'x', 'x'],
      'ends',
      2 * LIMIT,
      ['BODY_TOO_LARGE'],
    ],
    ['that there is no room for says nothing', ['x'.repeat(LIMIT), 'x', 'x'], 'ends', LIMIT / 2, []],
    ['that breaks off says nothing', ['x'], 'breaks off', LIMIT, []],
  ] as const)('%s, and nothing of it is kept', async (_, parts, ends, room, codes) => {
    const seen = await watched(parts, ends, room)
    expect(seen).toMatchObject({ judged: [], refused: codes, taken: 0 })
  })
})
