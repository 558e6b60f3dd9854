import type { RequestFacts } from '../../src/domain/request-facts.ts'
import type { AuthoritySubject, Rule } from '../../src/verify/authority/rule.ts'
import { NOW } from './clock.ts'
import type { Members } from './jws.ts'
import { aRequest } from './request.ts'
import { aToken, aVerifiedToken } from './token.ts'

export interface SubjectChanges {
  readonly claims?: Members
  readonly facts?: Partial<RequestFacts>
  readonly parameters?: Readonly<Record<string, string>>
}

/** What rules of authority look at: a token with these claims, for `GET /accounts` but for the changes. */
export function aSubject({
  claims = {},
  facts = {},
  parameters = {},
}: SubjectChanges = {}): AuthoritySubject {
  return {
    token: aVerifiedToken(aToken({ claims })),
    facts: { ...aRequest(), ...facts },
    parameters: new Map(Object.entries(parameters)),
  }
}

/** The code of its denial and what the operator is told, or `accepted`. */
export function judged(rule: Rule, subject: AuthoritySubject, now = NOW): string | readonly [string, string] {
  const objection = rule.check(subject, now)
  return objection === undefined ? 'accepted' : [objection.denial.code, objection.detail]
}
