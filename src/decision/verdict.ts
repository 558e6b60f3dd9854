import type { Denial } from '../domain/denial.ts'
import type { Need } from '../domain/need.ts'
import type { Once } from '../domain/ports.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import type { Holds } from './decide-body.ts'
import type { Possession } from './possession.ts'
import type { Route } from './route.ts'

export type Verdict = Admission | Denial | Need

/** Let it pass, and these are the duties that come with it: the proof to spend, the octets to count. */
export class Admission {
  readonly route: Route
  /** Null on public routes alone. */
  readonly token: AccessToken | null
  readonly once: Once | null
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
  ) {
    this.route = route
    this.token = token
    this.once = possession === null ? null : possession.once
    this.nonceEnds = possession?.nonceEnds ?? false
    this.bodyLimit = bodyLimit
    this.holds = holds
  }
}
