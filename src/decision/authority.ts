import type { UnixSeconds } from '../domain/check.ts'
import type { Denial } from '../domain/denial.ts'
import type { AuthoritySubject, Objection, Rule } from '../verify/authority/rule.ts'
import type { Evidence } from './evidence.ts'

/** A rule and what it has against the request. */
export interface Objected {
  readonly rule: Rule
  readonly objection: Objection
}

/** Walks the route's table. The first rule that objects gives the answer; what else is lacking goes into its challenge. */
export function checkAuthority(
  subject: AuthoritySubject,
  rules: readonly Rule[],
  evidence: Evidence,
  now: UnixSeconds,
): Denial | undefined {
  for (const [index, rule] of rules.entries()) {
    const objection = rule.check(subject, now)
    if (objection === undefined) continue
    evidence.objected = {
      rule,
      objection: withWhatElseLacks(objection, rules.slice(index + 1), subject, now),
    }
    return objection.denial
  }
  return undefined
}

/**
 * A client that must ask for a new token is told at once what this one lacks besides: a step-up challenge carries the
 * scope too (RFC 9470 §3), and one about scope all that is missing.
 */
function withWhatElseLacks(
  first: Objection,
  rest: readonly Rule[],
  subject: AuthoritySubject,
  now: UnixSeconds,
): Objection {
  const challenge: Record<string, string> = { ...first.challenge }
  for (const rule of rest) {
    const { scope } = rule.check(subject, now)?.challenge ?? {}
    if (scope === undefined) continue
    challenge['scope'] = union(challenge['scope'], scope)
  }
  return { ...first, challenge }
}

function union(left: string | undefined, right: string): string {
  return left === undefined ? right : [...new Set([...left.split(' '), ...right.split(' ')])].join(' ')
}
