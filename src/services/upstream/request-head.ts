import type { Readable } from 'node:stream'
import { TOKEN, UNFIT } from '../../codec/head.ts'

/** A request as it goes to an upstream. */
export interface UpstreamRequest {
  /** For whom: each has a share of the connections. */
  readonly client: string
  readonly method: string
  /** Path and query, octet for octet. */
  readonly target: string
  /** Flat; without the fields that frame a message, which are written here alone. */
  readonly fields: readonly string[]
  /** Null: there is none. */
  readonly body: Readable | null
  /** Octets of the body; null: not known, so it goes in chunks. */
  readonly bodyLength: number | null
}

/**
 * The head of a request as latin1 text. Undefined where a part of it could end its line or become more than one octet:
 * whatever it came from, nothing but this request is written (RFC 9112 §2.2, RFC 9110 §5.5).
 */
export function requestHead(request: UpstreamRequest): string | undefined {
  const { method, target, fields, body, bodyLength } = request
  if (!TOKEN.test(method) || !TARGET.test(target)) return undefined
  let head = `${method} ${target} HTTP/1.1\r\n`
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string
    const value = fields[at + 1] as string
    if (!isFieldName(name) || UNFIT.test(value)) return undefined
    head += `${name}: ${value}\r\n`
  }
  if (isLast(request)) head += 'connection: close\r\n'
  if (body === null) return BODY_METHODS.has(method) ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`
  return bodyLength === null
    ? `${head}transfer-encoding: chunked\r\n\r\n`
    : `${head}content-length: ${bodyLength}\r\n\r\n`
}

/**
 * Not everybody expects a body of other methods (RFC 9110 §9.3.1), nor knows them: an upstream that leaves it in the connection would read
 * it as the next request, which nobody has judged. So it is told that there is no next one, and none is sent.
 */
export function isLast({ method, body }: Pick<UpstreamRequest, 'method' | 'body'>): boolean {
  return body !== null && !BODY_METHODS.has(method)
}

/** Names repeat from request to request; each good one is judged once. The set is bounded. */
function isFieldName(name: string): boolean {
  if (known.has(name)) return true
  if (!TOKEN.test(name) || FRAMING.has(name.toLowerCase())) return false
  if (known.size >= NAMES_AT_MOST) known.clear()
  known.add(name)
  return true
}

const known = new Set<string>()
const NAMES_AT_MOST = 1024
const TARGET = /^[\x21-\x7e\x80-\xff]+$/
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade'])
/** RFC 9110 §9.3.3, §9.3.4, RFC 5789: of these everybody expects a body, so they say so where they have none (§8.6). */
const BODY_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
