import type { UnixSeconds } from '../domain/check.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { judge } from './decide.ts'
import type { Evidence } from './evidence.ts'
import { readPathParameters } from './path-parameters.ts'
import type { Demands, Route } from './route.ts'
import type { Snapshot } from './snapshot.ts'
import type { Verdict } from './verdict.ts'

/** A rule that only watches: what the route would demand if it were enforced as well. */
export interface ShadowRule {
  /** As the operator finds it: `scope`, or `*` where the route's whole `require` only watches. */
  readonly name: string
  readonly demands: Demands
}

/** The verdict that the rule would have led to, on a request that was admitted without it. Decides nothing. */
export function judgeInShadow(
  facts: RequestFacts,
  route: Route,
  { demands }: ShadowRule,
  snapshot: Snapshot,
  evidence: Evidence,
  now: UnixSeconds,
): Verdict {
  const parameters = readPathParameters(route.segments, facts.normalPath) ?? new Map()
  return judge({ facts, route, parameters }, demands, snapshot, evidence, now)
}
