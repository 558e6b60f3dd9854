import type { Denial } from '../domain/denial.ts'
import type { Claim } from '../domain/ports.ts'
import { D } from '../verify/dpop/denials.ts'

/** What a claim on the ledger means for the request (RFC 9449 §11.1); undefined: the proof is this request's alone. */
export function objectionTo(claim: Claim): Denial | undefined {
  return OBJECTIONS[claim]
}

const OBJECTIONS: Readonly<Record<Claim, Denial | undefined>> = {
  first: undefined,
  replayed: D.DPOP_REPLAYED,
  full: D.LEDGER_FULL,
  unready: D.LEDGER_UNREADY,
}
