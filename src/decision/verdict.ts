import type { Denial } from '../domain/denial.ts'
import type { Need } from '../domain/need.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { D } from '../verify/dpop/denials.ts'
import type { Holds } from './decide-body.ts'
import type { Possession } from './possession.ts'
import type { Route } from './route.ts'
import type { Spendable } from './spend.ts'

export type Verdict = Admission | Denial | Need

/** Let it pass, and these are the duties that come with it: the proofs to spend, the octets to count. */
export class Admission {
  readonly route: Route
  /** Null on public routes alone. */
  readonly token: AccessToken | null
  /** In the order in which they are spent. */
  readonly spends: readonly Spendable[]
  /** A fresh DPoP nonce is to go out with the answer. */
  readonly nonceEnds: boolean
  /** Octets of the body that may pass; a body of unknown length is counted as it flows. */
  readonly bodyLimit: number
  /** The body is held back until `decideBody` has judged it; null: it flows. */
  readonly holds: Holds | null

  constructor(
    route: Route,
    token: AccessToken | null,
    possession: Possession | null,
    bodyLimit: number,
    holds: Holds | null = null,
    signatureSpends: readonly Spendable[] = [],
  ) {
    this.route = route
    this.token = token
    this.spends = [...spendsOf(possession), ...signatureSpends]
    this.nonceEnds = possession?.nonceEnds ?? false
    this.bodyLimit = bodyLimit
    this.holds = holds
  }
}

function spendsOf(possession: Possession | null): readonly Spendable[] {
  const once = possession?.once ?? null
  return once === null ? [] : [{ once, replayed: D.DPOP_REPLAYED }]
}
