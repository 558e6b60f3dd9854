import { describe, expect, it } from 'vitest'
import { objectionTo, spend } from '../../src/decision/spend.ts'
import type { Claim } from '../../src/domain/ports.ts'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { outcome } from '../support/outcome.ts'
import { CLAIMS, SPENDABLES } from '../support/spendables.ts'

describe('objectionTo (RFC 9449 §11.1)', () => {
  it.each([
    ['first', 'accepted'],
    ['replayed', 'DPOP_REPLAYED'],
    ['full', 'LEDGER_FULL'],
    ['unready', 'LEDGER_UNREADY'],
  ] as const)('%s: %s', (claim, expected) => {
    expect(outcome(objectionTo(claim, P.DPOP_REPLAYED))).toBe(expected)
  })

  it.each(['', 'spent', 'constructor', 3, null, undefined])(
    '%j, which no ledger says: it cannot tell',
    (word) => {
      expect(outcome(objectionTo(word as Claim, P.DPOP_REPLAYED))).toBe('LEDGER_UNREADY')
    },
  )

  it('a ledger that cannot tell is no fault of the client: 503, which it may try again', () => {
    expect(
      (['full', 'unready'] as const).map((claim) => objectionTo(claim, P.DPOP_REPLAYED)?.status),
    ).toEqual([503, 503])
  })
})

describe('spend', () => {
  const spent = (...claims: readonly Claim[]) => {
    const asked: string[] = []
    const ledger = { spend: ({ jti }: { readonly jti: string }) => claims[asked.push(jti) - 1] as Claim }
    return [outcome(spend(SPENDABLES, ledger)), asked]
  }

  it.each(CLAIMS)('%s: %s', (claims, expected, asked) => {
    const [answer, all] = spent(...claims)
    expect([answer, all?.length]).toEqual([expected, asked])
  })
})
