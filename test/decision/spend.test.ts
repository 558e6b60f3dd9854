import { describe, expect, it } from 'vitest'
import { objectionTo } from '../../src/decision/spend.ts'
import { outcome } from '../support/outcome.ts'

describe('objectionTo (RFC 9449 §11.1)', () => {
  it.each([
    ['first', 'accepted'],
    ['replayed', 'DPOP_REPLAYED'],
    ['full', 'LEDGER_FULL'],
    ['unready', 'LEDGER_UNREADY'],
  ] as const)('%s: %s', (claim, expected) => {
    expect(outcome(objectionTo(claim))).toBe(expected)
  })

  it('a ledger that cannot tell is no fault of the client: 503, which it may try again', () => {
    expect([objectionTo('full')?.status, objectionTo('unready')?.status]).toEqual([503, 503])
  })
})
