import type { Claim } from '../../src/domain/ports.ts'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { D as S } from '../../src/verify/message-signature/denials.ts'

/** What one request may use once: a proof and a signature. */
export const SPENDABLES = [
  { once: { jkt: 'k', jti: 'proof', madeAt: 1 }, replayed: P.DPOP_REPLAYED },
  { once: { jkt: 'k', jti: 'signature', madeAt: 2 }, replayed: S.SIG_REPLAYED },
]

/** What a ledger says of each, what comes of that, and of how many it is asked. */
export const CLAIMS: readonly (readonly [claims: readonly Claim[], outcome: string, asked: number])[] = [
  [['first', 'first'], 'accepted', 2],
  [['replayed', 'first'], 'DPOP_REPLAYED', 1],
  [['first', 'replayed'], 'SIG_REPLAYED', 2],
  [['full', 'first'], 'LEDGER_FULL', 1],
  [['first', 'unready'], 'LEDGER_UNREADY', 2],
]
