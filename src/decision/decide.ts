import type { UnixSeconds } from '../domain/check.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { extractCredentials } from '../verify/access-token/extract.ts'
import { verifyToken } from '../verify/access-token/verify.ts'
import type { PathParameters } from '../verify/authority/rule.ts'
import { bodyOfAuthority, checkAuthority } from './authority.ts'
import { decideConsent } from './consent.ts'
import { readHolds } from './decide-body.ts'
import { D } from './denials.ts'
import type { Evidence } from './evidence.ts'
import { verifyMessageSignature } from './message-signature.ts'
import { readPathParameters } from './path-parameters.ts'
import { verifyPossession } from './possession.ts'
import { checkRequiredHeaders } from './required-headers.ts'
import { checkRevocation } from './revocation.ts'
import type { Demands, Route } from './route.ts'
import type { Snapshot } from './snapshot.ts'
import { Admission, type Verdict } from './verdict.ts'

/**
 * The decision, whole. Reads in the order in which a request is judged; does no I/O; never throws for what a client
 * sent. Each step takes what the step before it proved, so none can be left out.
 */
export function decide(
  facts: RequestFacts,
  snapshot: Snapshot,
  evidence: Evidence,
  now: UnixSeconds,
): Verdict {
  const route = snapshot.router.match(facts)
  if (isDenial(route)) return route
  evidence.route = route

  const unfit = checkShape(facts, route)
  if (unfit !== undefined) return unfit
  const parameters = readPathParameters(route.segments, facts.normalPath)
  if (parameters === undefined) return D.PATH_AMBIGUOUS
  if (route.demands === null) return new Admission(route, null, null, bodyLimit(facts, route))
  return judge({ facts, route, parameters }, route.demands, snapshot, evidence, now)
}

/** A request that has found its route. */
export interface Arrived {
  readonly facts: RequestFacts
  readonly route: Route
  readonly parameters: PathParameters
}

/** What a route demands, in the order in which it is judged. */
export function judge(
  { facts, route, parameters }: Arrived,
  demands: Demands,
  snapshot: Snapshot,
  evidence: Evidence,
  now: UnixSeconds,
): Verdict {
  if (facts.isEarly) return D.TOO_EARLY

  const presented = extractCredentials(facts, snapshot.tokens)
  if (isDenial(presented)) return presented
  evidence.presented = presented

  const token = verifyToken(presented, demands.issuers, snapshot.tokens, evidence, now)
  if (isDenial(token) || token instanceof Need) return token
  evidence.token = token

  const possession = verifyPossession(facts, presented, token, demands, now)
  if (isDenial(possession)) return possession
  evidence.possession = possession

  const revoked = checkRevocation(token, snapshot.revocations, now)
  if (revoked !== undefined) return revoked

  const signed = verifyMessageSignature(facts, token, possession, demands.signature, now)
  if (isDenial(signed) || signed instanceof Need) return signed
  evidence.signatures = signed.signatures

  const subject = { token, facts, parameters }
  const unauthorized = checkAuthority(subject, demands.authority, evidence, now)
  if (unauthorized !== undefined) return unauthorized

  const disagreed =
    demands.consent === null
      ? undefined
      : decideConsent({ token, fields: facts.fields }, demands.consent, evidence, now)
  if (disagreed !== undefined) return disagreed

  const limit = bodyLimit(facts, route)
  const judged = [...demands.body, ...bodyOfAuthority(subject, demands.authority, evidence)]
  const holds = readHolds(facts, token, judged, route.holding, limit)
  return isDenial(holds) ? holds : new Admission(route, token, possession, limit, holds, signed.spends)
}

/** What the route says of any request, with or without credentials. */
function checkShape(facts: RequestFacts, route: Route): Denial | undefined {
  if (facts.hasPathParameters && !route.allowsPathParameters) return D.PATH_PARAMETERS
  if (facts.contentLength !== null && facts.contentLength > bodyLimit(facts, route)) return D.BODY_TOO_LARGE
  if (facts.repeatedCredential !== null) return D.FIELD_DUPLICATED
  return checkRequiredHeaders(facts.fields, route.requiredHeaders)
}

function bodyLimit(facts: RequestFacts, route: Route): number {
  return route.bodyLimit ?? facts.bodyLimit
}
