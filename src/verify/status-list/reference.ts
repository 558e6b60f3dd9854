import { isJsonObject } from '../../codec/json.ts'

/** Where the status of a token is written down (TSL §6.2). */
export interface StatusReference {
  /** An https URL without fragment and user; also what the list token must name as its `sub`. */
  readonly uri: string
  /** `https://as.bank.example`, in normal form. */
  readonly origin: string
  readonly index: number
}

/** Reads a `status` claim; undefined where it holds no well-formed `status_list`, the one mechanism that we know. */
export function readStatusReference(status: unknown): StatusReference | undefined {
  const list = isJsonObject(status) ? status['status_list'] : undefined
  if (!isJsonObject(list)) return undefined
  const { idx: index, uri } = list
  if (!isIndex(index) || typeof uri !== 'string' || uri.length > LONGEST_URI) return undefined
  const url = PLAIN.test(uri) ? URL.parse(uri) : null
  if (url === null || url.username !== '' || url.password !== '') return undefined
  return { uri, origin: url.origin, index }
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** What every parser of URLs reads alike: the host we allow must be the host that is asked. */
const PLAIN = /^https:\/\/[\x21\x24-\x5b\x5d-\x7e]+$/
const LONGEST_URI = 2048
