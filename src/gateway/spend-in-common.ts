import { objectionTo, type Spendable } from '../decision/spend.ts'
import type { Denial } from '../domain/denial.ts'
import type { CommonLedger } from '../domain/ports.ts'

/** Spends with all replicas what is new to this one, in order; undefined: it is this request's alone. */
export async function spendInCommon(
  spendables: readonly Spendable[],
  ledger: CommonLedger,
): Promise<Denial | undefined> {
  for (const { once, replayed } of spendables) {
    const objection = objectionTo(await ledger.claim(once), replayed)
    if (objection !== undefined) return objection
  }
  return undefined
}
