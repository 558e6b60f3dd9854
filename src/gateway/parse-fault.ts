import type { ServerHttp2Stream } from 'node:http2'
import type { Answers } from '../decision/answer-body.ts'
import { type Refusal, refusal } from '../decision/challenge.ts'
import type { Denial } from '../domain/denial.ts'
import { INTERACTION_ID, interactionIdOf } from './exchange.ts'
import { beginHead } from './http1/answer-head.ts'
import { endAnswer } from './http2/downstream.ts'
import type { RequestFault } from './request-fault.ts'

/** A message that never became a request. */
export interface ParseFault {
  readonly denial: Denial
  readonly interactionId: string
  readonly detail: string
}

/** The whole answer to what came over HTTP/1.1 and is no request, behind which its connection closes (RFC 9112 §2.2). */
export function parseFaultAnswer(
  { denial, interactionId }: ParseFault,
  answers: Answers,
  isToHead: boolean,
): string {
  const { status, fields, body } = refusalOf(denial, interactionId, answers)
  const octets = Buffer.from(body).toString('latin1')
  const all = [...fields, INTERACTION_ID, interactionId, 'content-length', String(octets.length)]
  // RFC 9112 §6.3(1): behind the head of an answer to HEAD whatever comes is another's.
  return `${beginHead(status, all).text}connection: close\r\n\r\n${isToHead ? '' : octets}`
}

/** Answers what came over HTTP/2 and is no request; its connection goes on. */
export function answerStreamFault(
  stream: ServerHttp2Stream,
  { denial, detail, fields: sent }: RequestFault,
  answers: Answers,
): ParseFault {
  const interactionId = interactionIdOf(sent)
  const { status, fields, body } = refusalOf(denial, interactionId, answers)
  const head = [':status', String(status), ...fields, INTERACTION_ID, interactionId]
  stream.respond(head as never)
  endAnswer(stream, true, body)
  return { denial, interactionId, detail }
}

function refusalOf(denial: Denial, interactionId: string, answers: Answers): Refusal {
  return refusal(denial, {
    facts: null,
    demands: null,
    metadata: null,
    wanted: null,
    allowed: () => [],
    interactionId,
    now: Math.floor(Date.now() / 1000),
    answers,
  })
}
