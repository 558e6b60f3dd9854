import { CLOSES, fieldNames, readHead } from '../../codec/head.ts'

/** The head of an upstream's answer, and what it says of the octets behind it. */
export interface AnswerHead {
  readonly status: number
  /** Flat; names in lower case, values as latin1 text. */
  readonly fields: string[]
  readonly framing: Framing
  /** Whether the connection may be used again once the answer is whole. */
  readonly persists: boolean
  /** Milliseconds that the upstream says it keeps an idle connection; null where it does not say. */
  readonly keepAlive: number | null
}

/** How the end of a body is known: after so many octets, by its last chunk, or as the connection ends (RFC 9112 §6.3). */
export type Framing = number | 'chunked' | 'connection'

/**
 * Parses a head, without the empty line that ends it. Undefined where RFC 9112 §2 to §6 is not kept, or where two readers could find
 * two ends of the body: what `readHead` does not take, a length said twice, a length and chunks, another coding than `chunked`.
 */
export function parseAnswerHead(octets: Buffer, method: string): AnswerHead | undefined {
  const head = readHead(octets, nameOf)
  const start = head === undefined ? null : STATUS_LINE.exec(head.start)
  if (head === undefined || start === null) return undefined
  return framed(Number(start[2]), start[1] === '1', head.fields, method)
}

function framed(
  status: number,
  isCurrent: boolean,
  fields: string[],
  method: string,
): AnswerHead | undefined {
  let length: string | null = null
  let coding: string | null = null
  let persists = isCurrent
  let keepAlive: number | null = null
  for (let at = 0; at < fields.length; at += 2) {
    const value = fields[at + 1] as string
    switch (fields[at]) {
      case 'content-length':
        if (length !== null || !LENGTH.test(value)) return undefined
        length = value
        break
      case 'transfer-encoding':
        if (coding !== null || value.toLowerCase() !== 'chunked') return undefined
        coding = value
        break
      case 'connection':
        if (CLOSES.test(value)) persists = false
        break
      case 'keep-alive': {
        const said = KEPT_FOR.exec(value)?.[1]
        if (said !== undefined) keepAlive = Number(said) * 1000
      }
    }
  }
  // RFC 9112 §6.1: HTTP/1.0 knows no codings, and both ways at once are how answers are smuggled.
  if (coding !== null && (length !== null || !isCurrent)) return undefined
  const hasNone = status < 200 || status === 204 || status === 304
  if (hasNone || status === 205 || method === 'HEAD') {
    // Who announces a body where there is none may well send it, and it would be read as the next answer. A 205, and any answer to HEAD,
    // announces one by saying nothing: it has no content (RFC 9110 §15.3.6, §9.3.2), and yet the end of that would be that of the connection
    // (RFC 9112 §6.3).
    const announced = length === null ? !hasNone : Number(length) > 0
    if (coding !== null || announced) persists = false
    return { status, fields, framing: 0, persists, keepAlive }
  }
  if (coding !== null) return { status, fields, framing: 'chunked', persists, keepAlive }
  if (length !== null) return { status, fields, framing: Number(length), persists, keepAlive }
  return { status, fields, framing: 'connection', persists: false, keepAlive }
}

const nameOf = fieldNames((name) => name.toLowerCase())
/** RFC 9112 §4: the reason is for people, and may be missing with the space before it. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: .*)?$/
const LENGTH = /^[0-9]{1,15}$/
const KEPT_FOR = /(?:^|[,; ])timeout=([0-9]{1,6})(?:$|[,; ])/i
