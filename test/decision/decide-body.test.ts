import { describe, expect, it } from 'vitest'
import { decide } from '../../src/decision/decide.ts'
import { decideBody, readHolds } from '../../src/decision/decide-body.ts'
import { D } from '../../src/decision/denials.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import type { BodyRule } from '../../src/decision/route.ts'
import { Admission } from '../../src/decision/verdict.ts'
import type { HeldBody } from '../../src/domain/held-body.ts'
import { scopesGranted } from '../../src/verify/authority/scope.ts'
import { NOW } from '../support/clock.ts'
import { outcome } from '../support/outcome.ts'
import { aRequest } from '../support/request.ts'
import { aRoute, aSnapshot, demands } from '../support/route.ts'
import { aVerifiedToken } from '../support/token.ts'

const BODY: HeldBody = { blocks: [Buffer.from('ab')], length: 2, digests: new Map(), trailers: [] }
const passes: BodyRule = () => ({ check: () => undefined, algorithms: ['sha-256'] })
const refuses: BodyRule = () => ({ check: () => D.FIELD_NAME, algorithms: ['sha-512', 'sha-256'] })
const silent: BodyRule = () => undefined

function holds(rules: readonly BodyRule[], length: number | null = 2, bodyLimit = 100) {
  const facts = aRequest({ hasBody: true, contentLength: length })
  return readHolds(facts, aVerifiedToken(), rules, { size: 10, within: 50 }, bodyLimit)
}

describe('readHolds', () => {
  it('a body that no rule has anything to judge of flows', () => {
    expect([holds([]), holds([silent, silent])]).toEqual([null, null])
  })

  it('the duty has the smaller of both limits, each digest once, and the checks of all rules', () => {
    expect(holds([passes, silent, refuses])).toMatchObject({
      limit: 10,
      within: 50,
      algorithms: ['sha-256', 'sha-512'],
      checks: [expect.any(Function), expect.any(Function)],
    })
    expect(holds([passes], 2, 4)).toMatchObject({ limit: 4 })
  })

  it('what a rule refuses by the head is refused', () => {
    expect(outcome(holds([passes, () => D.TOO_EARLY]))).toBe('TOO_EARLY')
  })

  it('a body that is announced longer than it may be held is refused; one of unknown length is counted', () => {
    expect(outcome(holds([passes], 11))).toBe('BODY_TOO_LARGE')
    expect([holds([passes], 10), holds([passes], null)]).toEqual([
      expect.objectContaining({ limit: 10 }),
      expect.objectContaining({ limit: 10 }),
    ])
  })
})

describe('decideBody', () => {
  function judged(...body: BodyRule[]): string {
    const verdict = decide(aRequest(), aSnapshot(aRoute({ demands: demands({ body }) })), new Evidence(), NOW)
    expect(verdict).toBeInstanceOf(Admission)
    return outcome(decideBody(verdict as Admission, BODY, NOW))
  }

  it('asks every check, and the first objection is the answer', () => {
    expect([judged(), judged(passes), judged(passes, refuses), judged(silent)]).toEqual([
      'accepted',
      'accepted',
      'FIELD_NAME',
      'accepted',
    ])
  })

  it('the head comes first: authority, then what a rule reads from the head', () => {
    const body = [() => D.FIELD_NAME]
    const route = aRoute({ demands: demands({ body, authority: [scopesGranted(['none'])] }) })
    expect(outcome(decide(aRequest(), aSnapshot(route), new Evidence(), NOW))).toBe('SCOPE_INSUFFICIENT')
    const authorized = aRoute({ demands: demands({ body }) })
    expect(outcome(decide(aRequest(), aSnapshot(authorized), new Evidence(), NOW))).toBe('FIELD_NAME')
  })
})
