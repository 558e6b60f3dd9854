import type * as z from 'zod'
import type { Path } from '../problem.ts'

/** A mapping of the file, or nothing where something else stands. */
export type RawMapping = Readonly<Record<string, unknown>>

export interface RawEntry {
  readonly path: Path
  readonly value: RawMapping
}

/** The mapping under a key; empty where there is none. */
export function under(parent: unknown, key: string): RawMapping {
  const value = isMapping(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined
  return isMapping(value) ? value : {}
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(raw: unknown, path: Path): unknown {
  return path.reduce((value, step) => (value as Record<string, unknown> | null | undefined)?.[step], raw)
}

/** The mappings of a list (`routes`) or of a mapping of names (`issuers`), each with its path. */
export function entriesOf(raw: unknown, key: string): RawEntry[] {
  const value = isMapping(raw) ? raw[key] : undefined
  const pairs: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(isMapping(value) ? value : {})
  return pairs.flatMap(([step, entry]) => (isMapping(entry) ? [{ path: [key, step], value: entry }] : []))
}

/** One or a list, as a list of those that are text. Each has its path. */
export function textsOf(parent: RawMapping, key: string, above: Path): { path: Path; text: string }[] {
  const value = Object.hasOwn(parent, key) ? parent[key] : undefined
  const path = [...above, key]
  if (typeof value === 'string') return [{ path, text: value }]
  if (!Array.isArray(value)) return []
  return value.flatMap((text, index) => (typeof text === 'string' ? [{ path: [...path, index], text }] : []))
}

/** What a schema makes of a value that may be missing or malformed; undefined then. */
export function read<T extends z.ZodType>(schema: T, value: unknown): z.output<T> | undefined {
  return schema.safeParse(value).data
}

/** Whether the file gives the key a value. */
export function has(mapping: RawMapping, key: string): boolean {
  return Object.hasOwn(mapping, key) && mapping[key] !== null && mapping[key] !== undefined
}

/** Whether a listener with this `tls` asks clients for certificates. */
export function asksForCertificate({ client_certificate: wanted }: RawMapping): boolean {
  return wanted === 'optional' || wanted === 'required'
}

/** Our signing keys: one or a list of them. */
export function signingKeysOf(raw: unknown): RawEntry[] {
  const given = isMapping(raw) ? raw.signing : undefined
  return isMapping(given) ? [{ path: ['signing'], value: given }] : entriesOf(raw, 'signing')
}

/** Whether the profile that a `require` names asks for signatures of requests, or signs answers; not where it says `off`. */
export function isSigned(raw: unknown, require: RawMapping, side: 'request' | 'response'): boolean {
  const profile = under(under(raw, 'signature_profiles'), String(require.signature))
  return has(require, 'signature') && profile[side] !== 'off'
}

export function isMapping(value: unknown): value is RawMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
