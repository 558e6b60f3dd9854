import { isUtf8 } from 'node:buffer'

export type JsonObject = { readonly [name: string]: unknown }

/**
 * A JSON object from UTF-8 octets. Undefined where the octets are not UTF-8 (RFC 8725 §3.7), not JSON, not an object,
 * nested deeper than 32, or where an object names a member twice (RFC 7515 §4: `JSON.parse` would silently take the last).
 */
export function parseJsonObject(octets: Buffer): JsonObject | undefined {
  return parseWith(octets, undefined)
}

/** The same with every number as a JsonNumber: as it was written, and not as a double has it. */
export function parseExactJsonObject(octets: Buffer): JsonObject | undefined {
  return parseWith(octets, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? new JsonNumber(context?.source ?? '') : value,
  )
}

/** A number by its text. */
export class JsonNumber {
  readonly #written: string

  constructor(written: string) {
    this.#written = written
  }

  get written(): string {
    return this.#written
  }
}

function parseWith(octets: Buffer, reviver: Parameters<typeof JSON.parse>[1]): JsonObject | undefined {
  if (!isUtf8(octets)) return undefined
  const text = octets.toString('utf8')
  const written = countMembers(text)
  if (written === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text, reviver)
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  return membersOf(value) === written ? value : undefined
}

/** Whether a JSON text, of which this is the value, names a member of an object twice, or nests deeper than 32. */
export function repeatsMembers(text: string, value: unknown): boolean {
  const written = countMembers(text)
  return written === undefined || written !== membersOf(value)
}

/** Whether a JSON text nests deeper than 32: nobody means that, and walking its value, or handing it to another thread, takes a stack. */
export function nestsTooDeep(text: string): boolean {
  return countMembers(text) === undefined
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A string that says something. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** One, or nothing at all. */
export function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || isText(value)
}

/** A list of strings; it may be empty, and so may they. */
export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** How many members the text writes: its colons outside strings. Undefined where it nests too deep to be walked. */
function countMembers(text: string): number | undefined {
  let members = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at + 1)
    } else if (code === COLON) {
      members++
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (++depth > DEEPEST) return undefined
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--
    }
  }
  return members
}

function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return text.length
}

/** How many members survived the parse; a name written twice survives once. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value)
  let members = Array.isArray(value) ? 0 : inner.length
  for (const each of inner) members += membersOf(each)
  return members
}

const DEEPEST = 32
const QUOTE = 0x22
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
