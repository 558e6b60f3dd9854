import type { Introspected } from '../../domain/ports.ts'
import { reasonOf } from '../../domain/reason.ts'
import type { HttpsDoor } from '../http/door.ts'
import { Outage } from '../http/questions.ts'
import { within } from '../within.ts'
import { ACCEPTED, type AnswerKind, readAnswer } from './answer.ts'
import type { Authentication } from './authentication.ts'
import type { AnswerRules } from './signed-answer.ts'

export interface QuestionOptions {
  readonly send: HttpsDoor
  /** Finds the endpoint; asked again after each outage, for it may have moved. */
  readonly endpoint: () => Promise<string>
  readonly authenticate: () => Promise<Authentication>
  readonly kind: AnswerKind
  readonly rules: AnswerRules
  /** Milliseconds for all of it: finding the endpoint, waiting for a connection, fetching a key that it takes. */
  readonly within: number
}

/** Asks what a token is worth. Rejects with a sentence, and with an Outage where that is not about the token. */
export type Question = (token: string) => Promise<Introspected>

/** RFC 7662 §2.1: a POST whose body alone holds the token. */
export function question(options: QuestionOptions): Question {
  const { send, endpoint, authenticate, kind, rules, within: timeout } = options
  let found: Promise<string> | null = null
  const reach = async (token: string) => {
    try {
      found ??= endpoint()
      const [url, { fields, form }] = await Promise.all([found, authenticate()])
      const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...form }).toString()
      return await send({ url, method: 'POST', fields: { ...fields, ...TYPE, accept: ACCEPTED[kind] }, body })
    } catch (problem) {
      throw new Outage(reasonOf(problem))
    }
  }
  return (token) =>
    within(
      reach(token).then((answer) => readAnswer(answer, kind, rules)),
      timeout,
      Outage,
    ).catch((problem) => {
      // What answers there still, such as 404, may be all that is left where the endpoint was.
      if (problem instanceof Outage) found = null
      throw problem
    })
}

const TYPE = { 'content-type': 'application/x-www-form-urlencoded' }
