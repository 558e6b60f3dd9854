import { LONGEST_KEPT } from './head.ts'

/** The fields of a request that decide about it, each as it came; null where absent, the first where repeated. */
export interface ScannedFields {
  authorization: string | null
  dpop: string | null
  host: string | null
  contentLength: string | null
  transferEncoding: string | null
  contentType: string | null
  expect: string | null
  interactionId: string | null
  /** Said once or more often, it means the same (RFC 8470 §5.1), so its lines are joined like those of a list. */
  earlyData: string | null
  /** Lists: the lines of one field, joined as RFC 9110 §5.3 orders. */
  connection: string | null
  via: string | null
  signatureInput: string | null
  signature: string | null
  /** The name of the first field that may come only once and came twice; credentials are told apart. */
  repeated: string | null
  repeatedCredential: 'authorization' | 'dpop' | null
  /**
   * A field name that another server could read as another field's (CVE-2025-64484): environments fold all but letters and digits to one
   * character (RFC 3875 §4.1.18).
   */
  unsafeName: string | null
}

/**
 * One pass over the flat list of a request's fields, `[name, value, name, value …]`, as they came. Node's own header
 * object silently keeps the first of two `Authorization` fields and joins two `DPoP` fields with a comma; only the list
 * shows what RFC 9449 §4.3(1) asks about.
 */
export function scanFields(fields: readonly string[]): ScannedFields {
  const scanned = noFields()
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    const role = roleOf(name)
    if (role === 'passed-over') continue
    const value = fields[at + 1] as string
    if (role === 'unsafe') scanned.unsafeName ??= name
    else if (scanned[role] === null) scanned[role] = value
    else if (LISTS.has(role)) scanned[role] += `, ${value}`
    else if (role === 'authorization' || role === 'dpop') scanned.repeatedCredential ??= role
    else scanned.repeated ??= name.toLowerCase()
  }
  return scanned
}

/** The first value of one field, whatever the case of its name (given in lower case); null where it is absent. */
export function fieldValue(fields: readonly string[], name: string): string | null {
  for (let at = 0; at < fields.length; at += 2) {
    const each = fields[at] as string
    if (each.length === name.length && each.toLowerCase() === name) return fields[at + 1] as string
  }
  return null
}

/** Content-Length in octets; null where it is absent. Whoever framed the message has seen that it is a number. */
export function announcedLength(fields: readonly string[]): number | null {
  const length = fieldValue(fields, 'content-length')
  return length === null ? null : Number(length)
}

/** The fields but those with these names, which are in lower case. */
export function withoutFields(fields: readonly string[], names: ReadonlySet<string>): string[] {
  const left: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    if (!names.has(name.toLowerCase())) left.push(name, fields[at + 1] as string)
  }
  return left
}

/** All lines of one field, joined as RFC 9110 §5.3 orders; `name` in lower case. Null where it is absent. */
export function combinedValue(fields: readonly string[], name: string): string | null {
  let value: string | null = null
  for (let at = 0; at < fields.length; at += 2) {
    const each = fields[at] as string
    if (each.length !== name.length || each.toLowerCase() !== name) continue
    value = value === null ? (fields[at + 1] as string) : `${value}, ${fields[at + 1]}`
  }
  return value
}

/** Whether `Connection` names this field (given in lower case), so that it is not forwarded (RFC 9110 §7.6.1). */
export function isForThisConnection(fields: readonly string[], name: string): boolean {
  const connection = combinedValue(fields, 'connection')
  return connection !== null && connectionOptions(connection).includes(name)
}

/** What a `Connection` field names, in lower case (RFC 9110 §7.6.1). */
export function connectionOptions(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim())
}

type Role = Exclude<keyof ScannedFields, 'repeated' | 'repeatedCredential' | 'unsafeName'>

/** Names repeat from request to request, so the role of each is looked up once; the map is bounded. */
function roleOf(name: string): Role | 'unsafe' | 'passed-over' {
  const known = roles.get(name)
  if (known !== undefined) return known
  const role = PLAIN.test(name) ? (ROLES[name.toLowerCase()] ?? 'passed-over') : 'unsafe'
  if (name.length > LONGEST_KEPT) return role
  if (roles.size >= ROLES_AT_MOST) roles.clear()
  roles.set(name, role)
  return role
}

function noFields(): ScannedFields {
  return {
    authorization: null,
    dpop: null,
    host: null,
    contentLength: null,
    transferEncoding: null,
    contentType: null,
    expect: null,
    earlyData: null,
    interactionId: null,
    connection: null,
    via: null,
    signatureInput: null,
    signature: null,
    repeated: null,
    repeatedCredential: null,
    unsafeName: null,
  }
}

const ROLES: { readonly [name: string]: Role | undefined } = Object.assign(Object.create(null), {
  authorization: 'authorization',
  dpop: 'dpop',
  host: 'host',
  'content-length': 'contentLength',
  'transfer-encoding': 'transferEncoding',
  'content-type': 'contentType',
  expect: 'expect',
  'early-data': 'earlyData',
  'x-fapi-interaction-id': 'interactionId',
  connection: 'connection',
  via: 'via',
  'signature-input': 'signatureInput',
  signature: 'signature',
})
const LISTS: ReadonlySet<Role> = new Set(['earlyData', 'connection', 'via', 'signatureInput', 'signature'])
/** A Content-Length that every reader takes for one number: no sign, no list, no leading zero (RFC 9110 §8.6). */
export const LENGTH = /^(?:0|[1-9][0-9]{0,14})$/
const PLAIN = /^[A-Za-z0-9-]+$/
const ROLES_AT_MOST = 1024
const roles = new Map<string, Role | 'unsafe' | 'passed-over'>()
