import type { UnixSeconds } from '../../domain/check.ts'
import { D } from './denials.ts'
import { type AuthoritySubject, objectionOf, type Rule } from './rule.ts'

/** A condition in CEL, compiled. True and false are its answer; a text says why it has none. Total. */
export type Condition = (facts: ConditionFacts) => boolean | string

/** All that a condition may know: what was proved of the request. What is absent has no member, so that asking for it fails. */
export interface ConditionFacts {
  readonly token: {
    readonly issuer: string
    readonly subject?: string
    readonly client_id?: string
    readonly grant?: string
    readonly scopes: readonly string[]
    readonly claims: object
  }
  readonly sender: { readonly jkt?: string; readonly x5t?: string }
  readonly request: {
    readonly method: string
    readonly host: string
    readonly path: string
    readonly parameters: ReadonlyMap<string, string>
  }
  /** Unix seconds. */
  readonly now: UnixSeconds
}

/** A condition that is false refuses, and so does one that fails: whatever it looked for was not there, or of another type. */
export function conditionHolds(condition: Condition, name: string): Rule {
  return {
    name,
    cite: 'RFC 6750 §3.1',
    check: (subject, now) => {
      const { claims, scopes } = subject.token
      if (scopes.size > LONGEST_LIST || hasLongList(claims))
        return objectionOf(D.CONDITION_FAILED, 'a claim is too long to be judged')
      const answer = condition(factsOf(subject, now))
      if (answer === true) return undefined
      return answer === false
        ? objectionOf(D.CONDITION_UNMET, 'false')
        : objectionOf(D.CONDITION_FAILED, answer)
    },
    checkBody: null,
    values: () => ({ wanted: true }),
  }
}

function factsOf({ token, facts, parameters }: AuthoritySubject, now: UnixSeconds): ConditionFacts {
  return {
    token: {
      issuer: token.issuer,
      ...(token.subject === null ? {} : { subject: token.subject }),
      ...(token.clientId === null ? {} : { client_id: token.clientId }),
      ...(token.grant === null ? {} : { grant: token.grant }),
      scopes: [...token.scopes],
      claims: token.claims,
    },
    sender: {
      ...(token.jkt === null ? {} : { jkt: token.jkt }),
      ...(token.x5t === null ? {} : { x5t: token.x5t }),
    },
    request: { method: facts.method, host: facts.authority, path: facts.normalPath, parameters },
    now,
  }
}

/** What a condition costs is bounded by its own size and by that of the lists that it walks through. */
function hasLongList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const inner = Object.values(value)
  return inner.length > LONGEST_LIST || inner.some(hasLongList)
}

const LONGEST_LIST = 256
