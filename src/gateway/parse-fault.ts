import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Answers } from '../decision/answer-body.ts'
import { type Refusal, refusal } from '../decision/challenge.ts'
import { D } from '../decision/denials.ts'
import type { Denial } from '../domain/denial.ts'
import { INTERACTION_ID } from './exchange.ts'
import { leaveTheRest } from './http2.ts'

/** A message that never became a request. */
export interface ParseFault {
  readonly denial: Denial
  readonly interactionId: string
  readonly detail: string
}

/**
 * Answers what the HTTP parser could not read and closes the connection (RFC 9112 §2.2): where its messages begin and end
 * is not known any more. A connection whose answer has already begun, or that is gone, is only closed.
 */
export function answerParseFault(error: NodeJS.ErrnoException, socket: Duplex, answers: Answers): ParseFault {
  const denial = denialOf(error.code ?? '')
  const interactionId = randomUUID()
  const underWay = (socket as { _httpMessage?: ServerResponse | null })._httpMessage
  if (underWay?.req?.complete === true) {
    // A request before this one still waits for its answer; no other may take its place.
    underWay.once('finish', () => socket.end())
  } else if (socket.writable && underWay?.headersSent !== true && error.code !== 'ECONNRESET') {
    socket.end(message(denial, interactionId, answers))
    // What still arrives is thrown away, and only for a moment.
    setTimeout(() => socket.destroy(), LINGER).unref()
    underWay?.req?.destroy()
  } else {
    socket.destroy()
  }
  return { denial, interactionId, detail: error.code ?? error.message }
}

/** The same for a start line that says HTTP/0.9 or HTTP/2.0, which Node's parser reads like HTTP/1.1 (RFC 9112 §2.3). */
export function answerVersionFault(response: ServerResponse, answers: Answers): ParseFault {
  const denial = D.FRAMING_BROKEN
  const interactionId = randomUUID()
  const { status, fields, body } = refusalOf(denial, interactionId, answers)
  response.writeHead(status, [...fields, INTERACTION_ID, interactionId, 'connection', 'close'])
  response.end(body)
  return { denial, interactionId, detail: `HTTP/${response.req.httpVersion}` }
}

/** The same for an HTTP/2 request whose pseudo-header fields do not fit together (RFC 9113 §8.3.1); its connection goes on. */
export function answerStreamFault(stream: ServerHttp2Stream, answers: Answers): ParseFault {
  const denial = D.TARGET_MALFORMED
  const interactionId = randomUUID()
  const { status, fields, body } = refusalOf(denial, interactionId, answers)
  const head = [':status', String(status), ...fields, INTERACTION_ID, interactionId]
  stream.respond(head as never)
  stream.end(body)
  leaveTheRest(stream)
  return { denial, interactionId, detail: 'pseudo-header fields' }
}

/**
 * The same for CONNECT, which no resource here takes (RFC 9110 §9.3.6). Node has let go of the connection by then: where
 * answers are still due on it nobody would see them out, and none may take their place, so it is cut.
 */
export function answerConnect(socket: Duplex, isIdle: boolean, answers: Answers): ParseFault {
  const interactionId = randomUUID()
  if (isIdle) {
    socket.end(message(D.METHOD_UNKNOWN, interactionId, answers))
    setTimeout(() => socket.destroy(), LINGER).unref()
  } else socket.destroy()
  return { denial: D.METHOD_UNKNOWN, interactionId, detail: 'CONNECT' }
}

/** What an error of Node's parser means. */
export function denialOf(code: string): Denial {
  if (code === 'HPE_HEADER_OVERFLOW') return D.FIELDS_TOO_LARGE
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? D.REQUEST_TIMEOUT : D.FRAMING_BROKEN
}

function message(denial: Denial, interactionId: string, answers: Answers): string {
  const { status, fields, body } = refusalOf(denial, interactionId, answers)
  const lines = [`HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`, `${INTERACTION_ID}: ${interactionId}`]
  for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`)
  lines.push(`content-length: ${Buffer.byteLength(body)}`, 'connection: close', '', body)
  return lines.join('\r\n')
}

function refusalOf(denial: Denial, interactionId: string, answers: Answers): Refusal {
  const nothingElse = {
    facts: null,
    demands: null,
    authorization: null,
    origin: '',
    wanted: null,
    allowed: () => [],
  }
  return refusal(denial, { ...nothingElse, interactionId, answers })
}

const REASONS: { readonly [status: number]: string } = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}
const LINGER = 250
