import { type JsonObject, parseJsonObject } from '../../codec/json.ts'
import type { Introspected } from '../../domain/ports.ts'
import type { HttpsAnswer } from '../http/door.ts'
import { Outage } from '../http/questions.ts'
import { type AnswerRules, readPlainJwt, readSignedAnswer } from './signed-answer.ts'

/** `jwt`: RFC 9701. `plain_jwt`: the JWT alone (Curity), or in the member `jwt` (Keycloak). */
export type AnswerKind = 'json' | 'jwt' | 'plain_jwt'

/** The form that is asked for. Keycloak compares it whole, so it stands alone. */
export const ACCEPTED: Readonly<Record<AnswerKind, string>> = {
  json: 'application/json',
  jwt: 'application/token-introspection+jwt',
  plain_jwt: 'application/jwt',
}

/** What an answer says (RFC 7662 §2.2). Throws a sentence where it is not what was asked for, or does not hold. */
export async function readAnswer(
  answer: HttpsAnswer,
  kind: AnswerKind,
  rules: AnswerRules,
): Promise<Introspected> {
  if (kind === 'plain_jwt' && answer.status === 204) return INACTIVE
  if (answer.status !== 200) return unsigned(readRefusal(answer))
  const text = answer.octets.toString('latin1')
  if (kind === 'plain_jwt' && answer.type === 'application/json') {
    const { active, jwt } = readMembers(answer.octets)
    if (active !== true) return INACTIVE
    if (typeof jwt !== 'string') throw new Error('the answer has no signed member jwt')
    return readPlainJwt(jwt, rules)
  }
  if (answer.type !== ACCEPTED[kind])
    throw new Error(`the answer is ${answer.type || 'untyped'}, not ${ACCEPTED[kind]}`)
  if (kind === 'json') return unsigned(readMembers(answer.octets))
  return kind === 'jwt' ? readSignedAnswer(text, rules) : readPlainJwt(text, rules)
}

/** 400 is about this question: one that the server will not take says nothing about the next. */
function readRefusal({ status, octets }: HttpsAnswer): JsonObject {
  const error = parseJsonObject(octets)?.['error']
  // RFC 7009 §2.2.1, used here by oidc-provider for what it did not issue as an opaque token: it vouches for nothing.
  if (status === 400 && error === 'unsupported_token_type') return NOT_ACTIVE
  const word = typeof error === 'string' && ERROR_CODE.test(error) ? ` (${error})` : ''
  const says = `the authorization server answered ${status}${word}`
  if (status === 400 && error !== 'invalid_client') throw new Error(says)
  throw new Outage(says)
}

function unsigned(members: JsonObject): Introspected {
  return { members, signed: null }
}

function readMembers(octets: Buffer): JsonObject {
  const members = parseJsonObject(octets)
  if (members === undefined) throw new Error('the answer is no JSON object')
  return members
}

const NOT_ACTIVE: JsonObject = Object.freeze({ active: false })
const INACTIVE: Introspected = Object.freeze(unsigned(NOT_ACTIVE))
/** RFC 6749 §5.2, and short: it goes into the log. */
const ERROR_CODE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,60}$/
