import { parseBase64url } from './base64url.ts'
import { type JsonObject, parseJsonObject } from './json.ts'

/** A JWS in its compact serialization, taken apart. Nothing in it is verified. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: Buffer
  readonly signature: Buffer
  /** `BASE64URL(header).BASE64URL(payload)`, the octets that are signed (RFC 7515 §5.1). */
  readonly signingInput: string
}

/** A JWS whose payload is a JSON object (RFC 7519 §7.2). */
export interface CompactJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly signature: Buffer
  readonly signingInput: string
}

/** RFC 7515 §7.1: exactly three base64url parts; undefined for anything else. */
export function parseCompactJws(text: string): CompactJws | undefined {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 1 || second < 0 || text.indexOf('.', second + 1) >= 0) return undefined
  const headerOctets = parseBase64url(text.slice(0, first))
  const payload = parseBase64url(text.slice(first + 1, second))
  const signature = parseBase64url(text.slice(second + 1))
  if (headerOctets === undefined || payload === undefined || signature === undefined) return undefined
  const header = parseJsonObject(headerOctets)
  if (header === undefined) return undefined
  return { header, payload, signature, signingInput: text.slice(0, second) }
}

export function parseCompactJwt(text: string): CompactJwt | undefined {
  const jws = parseCompactJws(text)
  if (jws === undefined) return undefined
  const claims = parseJsonObject(jws.payload)
  if (claims === undefined) return undefined
  return { header: jws.header, claims, signature: jws.signature, signingInput: jws.signingInput }
}
