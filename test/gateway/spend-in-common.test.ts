import { expect, it } from 'vitest'
import type { Claim, CommonLedger } from '../../src/domain/ports.ts'
import { spendInCommon } from '../../src/gateway/spend-in-common.ts'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { D as S } from '../../src/verify/message-signature/denials.ts'
import { outcome } from '../support/outcome.ts'

const SPENDABLES = [
  { once: { jkt: 'k', jti: 'proof', madeAt: 1 }, replayed: P.DPOP_REPLAYED },
  { once: { jkt: 'k', jti: 'signature', madeAt: 2 }, replayed: S.SIG_REPLAYED },
]

it.each([
  [['first', 'first'], 'accepted', 2],
  [['replayed', 'first'], 'DPOP_REPLAYED', 1],
  [['first', 'replayed'], 'SIG_REPLAYED', 2],
  [['full', 'first'], 'LEDGER_FULL', 1],
  [['first', 'unready'], 'LEDGER_UNREADY', 2],
] as const)(
  'all that a request may use once is claimed with all replicas, in order; %s: %s',
  async (claims, expected, asked) => {
    const onces: unknown[] = []
    const claim = async (once: unknown) => claims[onces.push(once) - 1] as Claim
    const ledger: CommonLedger = { claim, problem: null }
    expect(outcome(await spendInCommon(SPENDABLES, ledger))).toBe(expected)
    expect(onces).toEqual(SPENDABLES.map(({ once }) => once).slice(0, asked))
  },
)
