import { ownText } from './own-text.ts'

/** The head of a message of HTTP/1.1: its first line, and its fields flat, values as latin1 text. */
export interface Head {
  readonly start: string
  readonly fields: string[]
}

/** A field's name as its reader wants it; undefined where it is none (RFC 9110 §5.1). */
export type NameOf = (raw: string) => string | undefined

/**
 * Takes a head apart, without the empty line that ends it. Undefined where RFC 9112 §2 to §5 is not kept: a control character, a CR
 * or LF that does not end a line, a folded line, a space before the colon, a line without one.
 */
export function readHead(octets: Buffer, nameOf: NameOf): Head | undefined {
  if (!isPrintable(octets)) return undefined
  const text = octets.toString('latin1')
  let end = endOfLine(text, 0)
  if (end < 0) return undefined
  const start = text.slice(0, end)
  const fields: string[] = []
  while (end < text.length) {
    const from = end + 2
    end = endOfLine(text, from)
    const colon = text.indexOf(':', from)
    if (end < 0 || colon < 0 || colon > end) return undefined
    const name = nameOf(text.slice(from, colon))
    if (name === undefined) return undefined
    // With a tab behind it readers built on llhttp take this one for another coding, and find another end of the body.
    if (
      isWhitespace(text.charCodeAt(end - 1)) &&
      name.toLowerCase() === 'transfer-encoding' &&
      TAB_BEHIND.test(text.slice(colon, end))
    )
      return undefined
    fields.push(name, withoutWhitespace(text, colon + 1, end))
  }
  return { start, fields }
}

/** Names repeat from message to message; each is judged once, and kept as `convert` has it. The map is bounded. */
export function fieldNames(convert: (name: string) => string): NameOf {
  const names = new Map<string, string>()
  return (raw) => {
    const known = names.get(raw)
    if (known !== undefined) return known
    if (!TOKEN.test(raw)) return undefined
    if (raw.length > LONGEST_KEPT) return convert(raw)
    if (names.size >= NAMES_AT_MOST) names.clear()
    const own = ownText(raw)
    const name = convert(own)
    names.set(own, name)
    return name
  }
}

/** Where the line that begins at `from` ends: at the next CRLF, or with the text; -1 where a CR or an LF stands alone. */
function endOfLine(text: string, from: number): number {
  const cr = text.indexOf('\r', from)
  const lf = text.indexOf('\n', from)
  if (cr < 0 && lf < 0) return text.length
  return cr >= 0 && lf === cr + 1 ? cr : -1
}

/** Sixteen octets at a time, for tokens and proofs are long; one after the other only where there is a control character among them. */
function isPrintable(octets: Buffer): boolean {
  const { length } = octets
  const view = new DataView(octets.buffer, octets.byteOffset, length)
  let stray = 0
  let at = 0
  for (const end = length - 15; at < end; at += 16) {
    const controls =
      controlsIn(view.getInt32(at)) |
      controlsIn(view.getInt32(at + 4)) |
      controlsIn(view.getInt32(at + 8)) |
      controlsIn(view.getInt32(at + 12))
    if (controls !== 0)
      for (let each = at; each < at + 16; each++) stray |= STRAY[octets[each] as number] as number
  }
  for (; at < length; at++) stray |= STRAY[octets[at] as number] as number
  return stray === 0
}

/** Zero where none of four octets is below 0x20 or 0x7f: each is compared in its own eight bits, and the highest of them tells. */
function controlsIn(octets: number): number {
  const deletes = octets ^ 0x7f7f7f7f
  return (((octets - 0x20202020) & ~octets) | ((deletes - 0x01010101) & ~deletes)) & 0x80808080
}

/** RFC 9110 §5.5: around a value there may be spaces and tabs, and nothing else. */
export function withoutWhitespace(text: string, from: number, to: number): string {
  let first = from
  let last = to
  while (first < last && isWhitespace(text.charCodeAt(first))) first++
  while (last > first && isWhitespace(text.charCodeAt(last - 1))) last--
  return text.slice(first, last)
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === TAB
}

const TAB = 0x09
const TAB_BEHIND = /\t *$/
const NAMES_AT_MOST = 1024
/** Characters: longer than any that is in use, and short enough that a full map is no matter. */
export const LONGEST_KEPT = 64
/** RFC 9110 §5.6.2. */
export const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
/** What no value holds, one octet a character (RFC 9110 §5.5). */
export const UNFIT = /[^\t\x20-\x7e\x80-\xff]/
/** A Connection field that ends the connection (RFC 9112 §9.6). */
export const CLOSES = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
/** 1 for each control character that is neither a tab nor may end a line. */
const STRAY = Uint8Array.from({ length: 256 }, (_, code) =>
  (code < 0x20 && code !== TAB && code !== 0x0a && code !== 0x0d) || code === 0x7f ? 1 : 0,
)
