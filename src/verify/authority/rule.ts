import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Citation } from '../../domain/citation.ts'
import type { Denial } from '../../domain/denial.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import type { AccessToken } from '../access-token/token.ts'

/** What a rule of authority looks at: what was proved, and what the upstream will be asked for. */
export interface AuthoritySubject {
  readonly token: AccessToken
  readonly facts: RequestFacts
  readonly parameters: PathParameters
}

/** The segments that the route's path names (`{accountId}`), decoded as the upstream decodes them. */
export type PathParameters = ReadonlyMap<string, string>

/** One line of a route's table of authority: a key of `require`, compiled. Pure and total, as every check. */
export interface Rule {
  /** What the operator finds it by: `scope`, `authorization_details[1]`, `policies.payments.condition`. */
  readonly name: string
  /** The clause that it carries out. */
  readonly cite: Citation
  readonly check: (subject: AuthoritySubject, now: UnixSeconds) => Objection | undefined
  /** What it says once the body is held; null: the head settles it. */
  readonly checkBody: ((subject: AuthoritySubject, body: JsonObject) => Objection | undefined) | null
  /** For whoever has to find out; a rule of one's own may leave it out. */
  readonly values?: (subject: Pick<AuthoritySubject, 'token' | 'facts'>, now: UnixSeconds) => RuleValues
}

/** What of the token a rule looks at, where that is one value, beside what it should be. */
export interface RuleValues {
  readonly came?: unknown
  readonly wanted: unknown
}

/** Why a rule refuses. */
export interface Objection {
  readonly denial: Denial
  /** What was asked for and what was there: for the operator, never for the client. Names, no values of claims. */
  readonly detail: string
  /** What a new token must have, as parameters of the challenge: `scope`, `acr_values`, `max_age`. */
  readonly challenge: Readonly<Record<string, string>>
}

/** An objection whose challenge could not say what would help. */
export function objectionOf(denial: Denial, detail: string): Objection {
  return { denial, detail, challenge: NOTHING }
}

export const NO_PARAMETERS: PathParameters = new Map()
const NOTHING: Objection['challenge'] = Object.freeze({})
