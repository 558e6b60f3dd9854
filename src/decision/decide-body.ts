import type { Check, UnixSeconds } from '../domain/check.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import type { BodyCheck, DigestAlgorithm, HeldBody } from '../domain/held-body.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { D } from './denials.ts'
import type { BodyRule, Holding } from './route.ts'
import type { Admission } from './verdict.ts'

/** The duty to hold a body back until it was judged. */
export interface Holds {
  /** Octets that may be held; a longer body is refused. */
  readonly limit: number
  /** Milliseconds that the body may take to arrive. */
  readonly within: number
  /** Digests of the content that the checks look at, to be computed as it arrives. */
  readonly algorithms: readonly DigestAlgorithm[]
  readonly checks: readonly Check<HeldBody>[]
}

/** The second half of the decision, about the body of a request whose head was admitted. Pure, like the first. */
export function decideBody({ holds }: Admission, body: HeldBody, now: UnixSeconds): Denial | undefined {
  for (const check of holds?.checks ?? []) {
    const objection = check(body, now)
    if (objection !== undefined) return objection
  }
  return undefined
}

/** What the head of a request leaves to be judged of its body; null: nothing, so the body may flow. */
export function readHolds(
  facts: RequestFacts,
  token: AccessToken,
  rules: readonly BodyRule[],
  { size, within }: Holding,
  bodyLimit: number,
): Holds | null | Denial {
  const checks: BodyCheck[] = []
  for (const rule of rules) {
    const check = rule(facts, token)
    if (isDenial(check)) return check
    if (check !== undefined) checks.push(check)
  }
  if (checks.length === 0) return null
  const limit = Math.min(size, bodyLimit)
  if (facts.contentLength !== null && facts.contentLength > limit) return D.BODY_TOO_LARGE
  return {
    limit,
    within,
    algorithms: [...new Set(checks.flatMap(({ algorithms }) => algorithms))],
    checks: checks.map(({ check }) => check),
  }
}
