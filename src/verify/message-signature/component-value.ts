import { withoutWhitespace } from '../../codec/head.ts'
import { type Dictionary, parseDictionary, parseItem, parseList } from '../../codec/structured-field.ts'
import {
  serialiseBareItem,
  serialiseDictionary,
  serialiseItem,
  serialiseList,
  serialiseMember,
} from '../../codec/structured-field-text.ts'
import type { Denial } from '../../domain/denial.ts'
import type { Component } from './component.ts'
import { D } from './denials.ts'
import type { FieldType } from './field-types.ts'
import type { RequestMessage, SignedMessage } from './message.ts'
import { ParsedParts } from './parsed-parts.ts'

/**
 * The value of a component (RFC 9421 §2.1, §2.2), as it stands in the base; or why the message has none. `parsed` is shared by all
 * components of one message.
 */
export function componentValue(
  component: Component,
  message: SignedMessage,
  types: ReadonlyMap<string, FieldType>,
  parsed = new ParsedParts(),
): string | Denial {
  const { name, req } = component
  // RFC 9421 §2.4: only a response answers a request.
  if (req && message.response === null) return D.SIG_COMPONENT
  if (name === '@status') {
    return req || message.response === null ? D.SIG_COMPONENT : String(message.response.status)
  }
  const isOfRequest = req || message.response === null
  if (!isOfRequest && name.startsWith('@')) return D.SIG_COMPONENT
  const source = isOfRequest ? message.request : message.response
  if (source === null) return D.SIG_COMPONENT_ABSENT
  if (name.startsWith('@')) return derived(component, source as RequestMessage, parsed)
  if (component.tr && source.trailers === undefined) return D.SIG_TRAILERS
  const lines = fieldLines(component.tr ? (source.trailers ?? []) : source.fields, name)
  return lines.length === 0 ? D.SIG_COMPONENT_ABSENT : fieldText(component, lines, types, parsed)
}

/** The lines of a field in the order in which they came, without white space around them and without folds (RFC 9421 §2.1). */
function fieldLines(fields: readonly string[], name: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    const each = fields[at] as string
    if (each.length !== name.length || each.toLowerCase() !== name) continue
    const value = fields[at + 1] as string
    const line = value.includes('\n') ? value.replace(FOLD, ' ') : value
    lines.push(withoutWhitespace(line, 0, line.length))
  }
  return lines
}

function fieldText(
  { name, sf, key, bs, req, tr }: Component,
  lines: readonly string[],
  types: ReadonlyMap<string, FieldType>,
  parsed: ParsedParts,
): string | Denial {
  if (bs) {
    const wrapped = lines.map((line) =>
      serialiseBareItem({ type: 'binary', value: Buffer.from(line, 'latin1') }),
    )
    return wrapped.join(', ')
  }
  const text = lines.join(', ')
  if (key !== null) {
    if (types.get(name) !== 'dictionary') return D.SIG_FIELD_TYPE
    return memberOf(parsed.dictionary(`${name} ${req} ${tr}`, text), key)
  }
  if (sf) return reserialised(text, types.get(name))
  return BASE_TEXT.test(text) ? text : D.SIG_FIELD_VALUE
}

/** RFC 9421 §2.1.2: the member without its key. One that came twice could be taken for the other. */
function memberOf(dictionary: Dictionary | undefined, key: string): string | Denial {
  if (dictionary === undefined || dictionary.repeated !== null) return D.SIG_FIELD_VALUE
  const member = dictionary.members.get(key)
  return member === undefined ? D.SIG_COMPONENT_ABSENT : (serialiseMember(member) ?? D.SIG_FIELD_VALUE)
}

function reserialised(text: string, type: FieldType | undefined): string | Denial {
  if (type === undefined) return D.SIG_FIELD_TYPE
  return AGAIN[type](text) ?? D.SIG_FIELD_VALUE
}

function derived(
  { name, queryParameter }: Component,
  request: RequestMessage,
  parsed: ParsedParts,
): string | Denial {
  switch (name) {
    case '@method':
      return request.method
    case '@target-uri':
      return `${request.origin}${request.path === '' ? '/' : request.path}${request.query === null ? '' : `?${request.query}`}`
    case '@authority':
      return request.authority
    case '@scheme':
      return request.origin.slice(0, request.origin.indexOf(':'))
    case '@request-target':
      return request.requestTarget
    case '@path':
      return request.path === '' ? '/' : request.path
    case '@query':
      return `?${request.query ?? ''}`
    default:
      return queryValue(request.query ?? '', queryParameter as string, parsed)
  }
}

/**
 * RFC 9421 §2.2.8: name and value percent-encoded again, so a name that is written in any other way names nothing. One that comes
 * twice names neither.
 */
function queryValue(query: string, written: string, parsed: ParsedParts): string | Denial {
  const name = parameterName(written)
  const value = name === undefined ? undefined : parsed.parameter(query, name)
  if (value === undefined) return D.SIG_COMPONENT_ABSENT
  return value === null ? D.SIG_QUERY_PARAMETER : formEncoded(value)
}

/** Undefined for what `formEncoded` does not write. */
function parameterName(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text)
    return formEncoded(decoded) === text ? decoded : undefined
  } catch {
    return undefined
  }
}

/** WHATWG URL §1.3: everything but letters, digits and `*-._` is encoded; a space as `%20`. */
function formEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()~]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** In none of them a name twice: of two that are signed as the last, another parser might take the first. */
const AGAIN: Readonly<Record<FieldType, (text: string) => string | undefined>> = {
  dictionary: (text) => {
    const dictionary = parseDictionary(text)
    return dictionary === undefined || dictionary.repeated !== null
      ? undefined
      : serialiseDictionary(dictionary.members)
  },
  list: (text) => {
    const list = parseList(text, 'none')
    return list === undefined ? undefined : serialiseList(list)
  },
  item: (text) => {
    const item = parseItem(text, 'none')
    return item === undefined ? undefined : serialiseItem(item)
  },
}
const FOLD = /\r?\n[ \t]+/g
/** RFC 9421 §2.5: ASCII, and no line break, which would begin another line of the base. */
const BASE_TEXT = /^[\t\x20-\x7e]*$/
