import { fieldValue } from '../codec/field-scan.ts'
import { parseExactJsonObject } from '../codec/json.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { Denial } from '../domain/denial.ts'
import type { HeldBody } from '../domain/held-body.ts'
import { D as A } from '../verify/authority/denials.ts'
import { type AuthoritySubject, type Objection, objectionOf, type Rule } from '../verify/authority/rule.ts'
import type { Evidence } from './evidence.ts'
import type { BodyRule } from './route.ts'

/** A rule and what it has against the request. */
export interface Objected {
  readonly rule: Rule
  /** What of the request it looked at. */
  readonly part: 'head' | 'body'
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
      part: 'head',
      objection: withWhatElseLacks(objection, rules.slice(index + 1), subject, now),
    }
    return objection.denial
  }
  return undefined
}

/**
 * What of the table waits for the body, which is then read as JSON once for all of it. None where no rule does: so that
 * a body is held back for a reason alone.
 */
export function bodyOfAuthority(
  subject: AuthoritySubject,
  rules: readonly Rule[],
  evidence: Evidence,
): readonly BodyRule[] {
  const waiting = rules.filter(({ checkBody }) => checkBody !== null)
  if (waiting.length === 0) return NONE
  return [
    ({ fields, hasBody }) => {
      if (!hasBody) return unreadable(waiting, A.BODY_FIELD_ABSENT, 'there is no body', 'head', evidence)
      if (!isPlainJson(fields))
        return unreadable(waiting, A.BODY_MEDIA_TYPE, 'the body is not announced as JSON', 'head', evidence)
      return { algorithms: [], check: (body) => checkBody(subject, waiting, body, evidence) }
    },
  ]
}

function checkBody(
  subject: AuthoritySubject,
  rules: readonly Rule[],
  { blocks, length }: HeldBody,
  evidence: Evidence,
): Denial | undefined {
  if (length === 0) return unreadable(rules, A.BODY_FIELD_ABSENT, 'there is no body', 'body', evidence)
  const body = parseExactJsonObject(Buffer.concat(blocks))
  if (body === undefined)
    return unreadable(rules, A.BODY_JSON, 'no JSON object, or a member twice', 'body', evidence)
  for (const rule of rules) {
    const objection = rule.checkBody?.(subject, body)
    if (objection === undefined) continue
    evidence.objected = { rule, part: 'body', objection }
    return objection.denial
  }
  return undefined
}

/** Of all rules that wait for the body, the first is the one that cannot be fulfilled. */
function unreadable(
  [rule]: readonly Rule[],
  denial: Denial,
  detail: string,
  part: Objected['part'],
  evidence: Evidence,
): Denial {
  evidence.objected = { rule: rule as Rule, part, objection: objectionOf(denial, detail) }
  return denial
}

/** JSON by its media type (RFC 8259 §11), in UTF-8, and with no coding that somebody would have to take off first. */
function isPlainJson(fields: readonly string[]): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    const isCoding = fields[at]?.toLowerCase() === 'content-encoding'
    if (isCoding && fields[at + 1]?.toLowerCase() !== 'identity') return false
  }
  return JSON_TYPE.test(fieldValue(fields, 'content-type') ?? '')
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

const NONE: readonly BodyRule[] = []
const JSON_TYPE =
  /^application\/(?:json|[a-z0-9][a-z0-9!#$&^_.-]*\+json)[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i
