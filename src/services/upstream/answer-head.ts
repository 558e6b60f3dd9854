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
 * Parses a head as latin1 text, without the empty line that ends it. Undefined where RFC 9112 §2 to §6 is not kept, or where two readers
 * could find two ends of the body: a bare CR or LF, a folded line, a space before the colon, a length said twice, a
 * length and chunks, another coding than `chunked`.
 */
export function parseAnswerHead(text: string, method: string): AnswerHead | undefined {
  if (STRAY.test(text)) return undefined
  let end = text.indexOf('\r\n')
  if (end < 0) end = text.length
  const start = STATUS_LINE.exec(text.slice(0, end))
  if (start === null) return undefined
  const fields: string[] = []
  while (end < text.length) {
    const from = end + 2
    end = text.indexOf('\r\n', from)
    if (end < 0) end = text.length
    const colon = text.indexOf(':', from)
    if (colon < 0 || colon > end) return undefined
    const name = fieldName(text.slice(from, colon))
    if (name === undefined) return undefined
    // Readers built on llhttp take this one for another coding, and find another end of the body.
    if (name === 'transfer-encoding' && text[end - 1] === '\t') return undefined
    fields.push(name, withoutWhitespace(text, colon + 1, end))
  }
  return framed(Number(start[2]), start[1] === '1', fields, method)
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
      case 'keep-alive':
        keepAlive = Number(KEPT_FOR.exec(value)?.[1] ?? Number.NaN) * 1000
        if (Number.isNaN(keepAlive)) keepAlive = null
    }
  }
  // RFC 9112 §6.1: HTTP/1.0 knows no codings, and both ways at once are how answers are smuggled.
  if (coding !== null && (length !== null || !isCurrent)) return undefined
  const bodiless = method === 'HEAD' || status === 304 || status === 204 || status < 200
  if (bodiless) {
    // Who announces a body where there is none may well send it, and it would be read as the next answer.
    if (coding !== null || (length !== null && Number(length) > 0)) persists = false
    return { status, fields, framing: 0, persists, keepAlive }
  }
  if (coding !== null) return { status, fields, framing: 'chunked', persists, keepAlive }
  if (length !== null) return { status, fields, framing: Number(length), persists, keepAlive }
  return { status, fields, framing: 'connection', persists: false, keepAlive }
}

/** Names repeat from answer to answer; each is judged once. The map is bounded. */
function fieldName(raw: string): string | undefined {
  const known = names.get(raw)
  if (known !== undefined) return known
  if (!TOKEN.test(raw)) return undefined
  if (names.size >= NAMES_AT_MOST) names.clear()
  const name = raw.toLowerCase()
  names.set(raw, name)
  return name
}

/** RFC 9110 §5.5: around a value there may be spaces and tabs, and nothing else. */
function withoutWhitespace(text: string, from: number, to: number): string {
  let first = from
  let last = to
  while (first < last && isWhitespace(text.charCodeAt(first))) first++
  while (last > first && isWhitespace(text.charCodeAt(last - 1))) last--
  return text.slice(first, last)
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

const names = new Map<string, string>()
const NAMES_AT_MOST = 1024
/** RFC 9112 §4: the reason is for people, and may be missing with the space before it. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: .*)?$/
/** A control character, or a CR or LF that does not end a line. */
const STRAY = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n)|(?<!\r)\n/
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const LENGTH = /^[0-9]{1,15}$/
const CLOSES = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const KEPT_FOR = /(?:^|[,; ])timeout=([0-9]{1,6})(?:$|[,; ])/i
