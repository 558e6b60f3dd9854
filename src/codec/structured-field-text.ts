import type { BareItem, Item, Member, Parameters } from './structured-field.ts'

/**
 * RFC 9651 §4.1.2. As all here: the one text of a value (§4.1); undefined where it has none, because a number is too large, or a key, string or
 * token has characters that it may not have. An empty list or dictionary is the empty text: the field is left out.
 */
export function serialiseDictionary(members: ReadonlyMap<string, Member>): string | undefined {
  const parts: string[] = []
  for (const [key, member] of members) {
    const text = isImplied(member)
      ? serialiseParameters(member.parameters)
      : prefixed('=', serialiseMember(member))
    if (text === undefined || !KEY.test(key)) return undefined
    parts.push(key + text)
  }
  return parts.join(', ')
}

/** RFC 9651 §4.1.1. */
export function serialiseList(members: readonly Member[]): string | undefined {
  return joined(members.map(serialiseMember), ', ')
}

/** RFC 9651 §4.1.1.1 for inner lists, §4.1.3 for items. */
export function serialiseMember(member: Member): string | undefined {
  if (member.kind === 'item') return serialiseItem(member)
  const items = joined(member.items.map(serialiseItem), ' ')
  const parameters = serialiseParameters(member.parameters)
  return items === undefined || parameters === undefined ? undefined : `(${items})${parameters}`
}

/** RFC 9651 §4.1.3. */
export function serialiseItem({ bare, parameters }: Item): string | undefined {
  return joined([serialiseBareItem(bare), serialiseParameters(parameters)], '')
}

/** RFC 9651 §4.1.1.2. */
export function serialiseParameters(parameters: Parameters): string | undefined {
  let text = ''
  for (const [key, value] of parameters) {
    const bare = isTrue(value) ? '' : prefixed('=', serialiseBareItem(value))
    if (bare === undefined || !KEY.test(key)) return undefined
    text += `;${key}${bare}`
  }
  return text
}

/** RFC 9651 §4.1.3.1. */
export function serialiseBareItem(bare: BareItem): string | undefined {
  switch (bare.type) {
    case 'integer':
      return serialiseInteger(bare.value)
    case 'decimal':
      return serialiseDecimal(bare.value)
    case 'date':
      return prefixed('@', serialiseInteger(bare.value))
    case 'string':
      return serialiseString(bare.value)
    case 'token':
      return TOKEN.test(bare.value) ? bare.value : undefined
    case 'binary':
      return `:${bare.value.toString('base64')}:`
    case 'boolean':
      return bare.value ? '?1' : '?0'
    case 'display-string':
      return bare.value.isWellFormed() ? `%"${percentEncoded(bare.value)}"` : undefined
  }
}

function serialiseString(text: string): string | undefined {
  if (PLAIN_STRING.test(text)) return `"${text}"`
  return STRING.test(text) ? `"${text.replace(TO_ESCAPE, '\\$&')}"` : undefined
}

function serialiseInteger(value: number): string | undefined {
  return Number.isInteger(value) && Math.abs(value) <= LARGEST_INTEGER ? String(value) : undefined
}

/** Three digits after the point at most, ties to even (RFC 9651 §4.1.5); at least one. */
function serialiseDecimal(value: number): string | undefined {
  const scaled = Math.abs(value) * 1000
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const thousandths = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  if (!(thousandths <= LARGEST_INTEGER)) return undefined
  const fraction = String(thousandths % 1000)
    .padStart(3, '0')
    .replace(/0{1,2}$/, '')
  return `${value < 0 && thousandths > 0 ? '-' : ''}${Math.floor(thousandths / 1000)}.${fraction}`
}

function percentEncoded(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(BEYOND_DISPLAY, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** RFC 9651 §4.1.2(2): a member that is true is told by its key alone. */
function isImplied(member: Member): boolean {
  return member.kind === 'item' && isTrue(member.bare)
}

function isTrue(bare: BareItem): boolean {
  return bare.type === 'boolean' && bare.value
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : prefix + text
}

function joined(parts: readonly (string | undefined)[], separator: string): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(separator)
}

const LARGEST_INTEGER = 999_999_999_999_999
const KEY = /^[a-z*][a-z0-9_\-.*]*$/
const TOKEN = /^[A-Za-z*][A-Za-z0-9:/!#$%&'*+\-.^_`|~]*$/
const STRING = /^[\x20-\x7e]*$/
/** Nothing of it is to be escaped. */
const PLAIN_STRING = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const TO_ESCAPE = /["\\]/g
/** Controls, quotes, percent signs and all beyond ASCII. */
const BEYOND_DISPLAY = /[^\x20\x21\x23\x24\x26-\x7e]/g
