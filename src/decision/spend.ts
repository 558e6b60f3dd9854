import type { Denial } from '../domain/denial.ts'
import type { Claim, Once, ReplayLedger } from '../domain/ports.ts'
import { D } from '../verify/dpop/denials.ts'

/** Something that may be used once, and what it means if it was. */
export interface Spendable {
  readonly once: Once
  readonly replayed: Denial
}

/** Spends all that a request may use once, in order; undefined: it is this request's alone. What was refused stays spent. */
export function spend(spendables: readonly Spendable[], ledger: ReplayLedger): Denial | undefined {
  for (const { once, replayed } of spendables) {
    const objection = objectionTo(ledger.spend(once), replayed)
    if (objection !== undefined) return objection
  }
  return undefined
}

/** What a claim on the ledger means for the request (RFC 9449 §11.1); undefined: the proof is this request's alone, which but one word says. */
export function objectionTo(claim: Claim, replayed: Denial): Denial | undefined {
  if (claim === 'first') return undefined
  if (claim === 'replayed') return replayed
  return claim === 'full' ? D.LEDGER_FULL : D.LEDGER_UNREADY
}
