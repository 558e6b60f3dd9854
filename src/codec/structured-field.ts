import { isUtf8 } from 'node:buffer'
import { percentDecoded } from './percent.ts'

/** RFC 9651 §3.3. Tells a token from a string and a whole decimal from an integer, as serialising it again takes. */
export type BareItem =
  | { readonly type: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly type: 'string' | 'token' | 'display-string'; readonly value: string }
  | { readonly type: 'binary'; readonly value: Buffer }
  | { readonly type: 'boolean'; readonly value: boolean }

/** In the order in which they came. */
export type Parameters = ReadonlyMap<string, BareItem>

export interface Item {
  readonly kind: 'item'
  readonly bare: BareItem
  readonly parameters: Parameters
}

export interface InnerList {
  readonly kind: 'inner-list'
  readonly items: readonly Item[]
  readonly parameters: Parameters
}

export type Member = Item | InnerList

export interface Dictionary {
  /** In the order in which they came; of a key that came twice the last value, in the first place (RFC 9651 §4.2.2). */
  readonly members: ReadonlyMap<string, Member>
  /** The first key, of a member or of a parameter, that came twice in one place; null: none did. Where it matters, refuse. */
  readonly repeated: string | null
}

/** RFC 9651 §4.2.2: a dictionary out of a field's lines, joined with commas. Undefined where it is none. */
export function parseDictionary(text: string): Dictionary | undefined {
  const parser = new Parser(text)
  const members = parser.list(() => parser.dictionaryMember())
  return members === undefined ? undefined : { members: parser.collect(members), repeated: parser.repeated }
}

/** Of two parameters by one name the last counts (RFC 9651 §4.2.3.2); or, where it matters, there may be no two. */
export type Repeats = 'last' | 'none'

/** RFC 9651 §4.2.1: a list out of a field's lines, joined with commas. Undefined where it is none. */
export function parseList(text: string, repeats: Repeats = 'last'): readonly Member[] | undefined {
  const parser = new Parser(text)
  const members = parser.list(() => parser.member())
  return repeats === 'none' && parser.repeated !== null ? undefined : members
}

/** RFC 9651 §4.2.3: one item. Undefined where the text is none. */
export function parseItem(text: string, repeats: Repeats = 'last'): Item | undefined {
  const parser = new Parser(text)
  parser.skipSpaces()
  const item = parser.item()
  parser.skipSpaces()
  return parser.isAtEnd && !(repeats === 'none' && parser.repeated !== null) ? item : undefined
}

/** Walks the text once, from left to right; each method takes what it is named after, or answers undefined. */
class Parser {
  readonly #text: string
  #at = 0
  repeated: string | null = null

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  /** Members with commas between, and the end of the text after them (RFC 9651 §4.2, §4.2.1, §4.2.2). */
  list<Each>(next: () => Each | undefined): readonly Each[] | undefined {
    const members: Each[] = []
    this.skipSpaces()
    while (!this.isAtEnd) {
      const member = next()
      if (member === undefined) return undefined
      members.push(member)
      this.#skipWhiteSpace()
      if (this.isAtEnd) return members
      if (!this.#takes(',')) return undefined
      this.#skipWhiteSpace()
      if (this.isAtEnd) return undefined
    }
    return members
  }

  /** A member that is not written out is true (RFC 9651 §4.2.2(2.3)). */
  dictionaryMember(): readonly [string, Member] | undefined {
    const key = this.#match(KEY)
    if (key === undefined) return undefined
    const member = this.#takes('=') ? this.member() : this.#parametrised(TRUE)
    return member === undefined ? undefined : [key, member]
  }

  member(): Member | undefined {
    return this.#peek() === '(' ? this.#innerList() : this.item()
  }

  item(): Item | undefined {
    const bare = this.#bareItem()
    return bare === undefined ? undefined : this.#parametrised(bare)
  }

  collect<Value>(entries: Iterable<readonly [string, Value]>): Map<string, Value> {
    const collected = new Map<string, Value>()
    for (const [key, value] of entries) {
      if (collected.has(key)) this.repeated ??= key
      collected.set(key, value)
    }
    return collected
  }

  skipSpaces(): void {
    while (this.#peek() === ' ') this.#at++
  }

  /** RFC 9651 §4.2.1: OWS, around commas. */
  #skipWhiteSpace(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at++
  }

  #innerList(): InnerList | undefined {
    const items: Item[] = []
    this.#at++
    for (;;) {
      this.skipSpaces()
      if (this.#takes(')')) break
      const item = this.item()
      if (item === undefined || !(this.#peek() === ' ' || this.#peek() === ')')) return undefined
      items.push(item)
    }
    const parameters = this.#parameters()
    return parameters === undefined ? undefined : { kind: 'inner-list', items, parameters }
  }

  #parametrised(bare: BareItem): Item | undefined {
    const parameters = this.#parameters()
    return parameters === undefined ? undefined : { kind: 'item', bare, parameters }
  }

  #parameters(): Parameters | undefined {
    if (this.#peek() !== ';') return NONE
    const entries: [string, BareItem][] = []
    while (this.#takes(';')) {
      this.skipSpaces()
      const key = this.#match(KEY)
      if (key === undefined) return undefined
      const value = this.#takes('=') ? this.#bareItem() : TRUE
      if (value === undefined) return undefined
      entries.push([key, value])
    }
    return this.collect(entries)
  }

  #bareItem(): BareItem | undefined {
    const first = this.#peek()
    switch (first) {
      case '"':
        return this.#string()
      case ':':
        return readBinary(this.#match(BINARY))
      case '?':
        return readBoolean(this.#match(BOOLEAN))
      case '@':
        this.#at++
        return asDate(this.#number())
      case '%':
        return readDisplayString(this.#match(DISPLAY_STRING))
      default:
        return DIGIT_OR_SIGN.test(first) ? this.#number() : this.#token()
    }
  }

  #string(): BareItem | undefined {
    const quoted = this.#match(STRING)
    if (quoted === undefined) return undefined
    const inner = quoted.slice(1, -1)
    return { type: 'string', value: inner.includes('\\') ? inner.replace(ESCAPED, '$1') : inner }
  }

  #token(): BareItem | undefined {
    const value = this.#match(TOKEN)
    return value === undefined ? undefined : { type: 'token', value }
  }

  #number(): { readonly type: 'integer' | 'decimal'; readonly value: number } | undefined {
    const digits = this.#match(NUMBER)
    if (digits === undefined) return undefined
    const sign = digits.startsWith('-') ? 1 : 0
    const point = digits.indexOf('.')
    // -0 is 0, and is written so.
    const value = Number(digits) + 0
    if (point < 0) return digits.length - sign > 15 ? undefined : { type: 'integer', value }
    const fraction = digits.length - point - 1
    const fits = point - sign <= 12 && fraction >= 1 && fraction <= 3
    return fits ? { type: 'decimal', value } : undefined
  }

  #peek(): string {
    return this.#text.charAt(this.#at)
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  /** `what` is sticky, and no part of it can match one stretch in two ways, so each character is looked at once. */
  #match(what: RegExp): string | undefined {
    const from = this.#at
    what.lastIndex = from
    if (!what.test(this.#text)) return undefined
    this.#at = what.lastIndex
    return this.#text.slice(from, this.#at)
  }
}

/** Padding that lacks and stray bits are borne, as RFC 9651 §4.2.7 recommends; padding in the wrong place is not. */
function readBinary(text: string | undefined): BareItem | undefined {
  if (text === undefined) return undefined
  const encoded = text.slice(1, -1)
  const padding = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0
  const tail = (encoded.length - padding) % 4
  if (tail === 1 || (padding > 0 && tail + padding !== 4)) return undefined
  return { type: 'binary', value: Buffer.from(encoded, 'base64') }
}

function readBoolean(text: string | undefined): BareItem | undefined {
  return text === undefined ? undefined : { type: 'boolean', value: text === '?1' }
}

function asDate(number: BareItem | undefined): BareItem | undefined {
  return number?.type === 'integer' ? { type: 'date', value: number.value } : undefined
}

function readDisplayString(text: string | undefined): BareItem | undefined {
  if (text === undefined) return undefined
  const octets = Buffer.from(percentDecoded(text.slice(2, -1), PERCENT_ENCODED), 'latin1')
  return isUtf8(octets) ? { type: 'display-string', value: octets.toString('utf8') } : undefined
}

const TRUE: BareItem = { type: 'boolean', value: true }
const NONE: Parameters = new Map()

const KEY = /[a-z*][a-z0-9_\-.*]*/y
const TOKEN = /[A-Za-z*][A-Za-z0-9:/!#$%&'*+\-.^_`|~]*/y
const DIGIT_OR_SIGN = /[-0-9]/
const NUMBER = /-?[0-9]+(?:\.[0-9]*)?/y
const STRING = /"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y
const ESCAPED = /\\(["\\])/g
const BINARY = /:[A-Za-z0-9+/]*={0,2}:/y
const BOOLEAN = /\?[01]/y
const DISPLAY_STRING = /%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/y
const PERCENT_ENCODED = /%[0-9a-f]{2}/g
