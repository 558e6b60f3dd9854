import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { StatusLists } from '../../domain/ports.ts'
import { D } from './denials.ts'
import { readStatusReference, type StatusReference } from './reference.ts'
import { statusAt } from './status.ts'

/** What the configuration says of an issuer's status lists. */
export interface StatusRules {
  /** Tokens without a status are refused. */
  readonly required: boolean
  /** Where lists may lie. */
  readonly origins: ReadonlySet<string>
  /** `danger_allow_unavailable`: tokens pass while their list cannot be had. */
  readonly allowsUnavailable: boolean
  readonly lists: StatusLists
}

/**
 * Whether the token still holds by its issuer's status list (TSL §8.3, FAPI2-SP §5.3.4(3)): valid (0) is the only status
 * that passes. `claims` are those of a verified token. A status that cannot be looked up is never taken for a good one.
 */
export function checkStatus(
  claims: JsonObject,
  rules: StatusRules,
  now: UnixSeconds,
): Denial | Need | undefined {
  if (claims['status'] === undefined) return rules.required ? D.TOKEN_STATUS_ABSENT : undefined
  const reference = readStatusReference(claims['status'])
  if (reference === undefined) return D.TOKEN_STATUS_MALFORMED
  if (!rules.origins.has(reference.origin)) return D.TOKEN_STATUS_ORIGIN
  const list = rules.lists.held(reference.uri, now)
  if (list === 'ask') return needOf(reference, rules, D.TOKEN_STATUS_UNAVAILABLE)
  if (list === 'unavailable') return rules.allowsUnavailable ? undefined : D.TOKEN_STATUS_UNAVAILABLE
  const status = statusAt(list, reference.index)
  if (status !== undefined) return status === VALID ? undefined : D.TOKEN_STATUS_INVALID
  // Lists grow: a token that is younger than our edition may stand in the next one.
  const isYounger = typeof claims['iat'] === 'number' && claims['iat'] > list.issuedAt
  return isYounger ? needOf(reference, rules, D.TOKEN_STATUS_MALFORMED) : D.TOKEN_STATUS_MALFORMED
}

/** Asked again after every answer: what a failed fetch means is for the rules to say. */
function needOf({ uri }: StatusReference, { lists }: StatusRules, otherwise: Denial): Need {
  return new Need('status', `status ${uri}`, otherwise, () => lists.ask(uri).then(() => true))
}

/** TSL §7.1. */
const VALID = 0
