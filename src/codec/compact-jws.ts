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

/** The three parts of a JWS as they are written, and what is signed of them. */
export interface JwsParts {
  readonly header: string
  readonly payload: string
  readonly signature: string
  readonly signingInput: string
}

/** RFC 7515 §7.1: exactly three base64url parts; undefined for anything else. */
export function parseCompactJws(text: string): CompactJws | undefined {
  const parts = splitCompactJws(text)
  if (parts === undefined) return undefined
  const payload = parseBase64url(parts.payload)
  const signature = parseBase64url(parts.signature)
  if (payload === undefined || signature === undefined) return undefined
  const header = parseJsonPart(parts.header)
  if (header === undefined) return undefined
  return { header, payload, signature, signingInput: parts.signingInput }
}

/** Three parts, of which the first is not empty; nothing in them is decoded. */
export function splitCompactJws(text: string): JwsParts | undefined {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 1 || second < 0 || text.indexOf('.', second + 1) >= 0) return undefined
  return {
    header: text.slice(0, first),
    payload: text.slice(first + 1, second),
    signature: text.slice(second + 1),
    signingInput: text.slice(0, second),
  }
}

/** A part that is a JSON object in base64url. */
export function parseJsonPart(part: string): JsonObject | undefined {
  const octets = parseBase64url(part)
  return octets === undefined ? undefined : parseJsonObject(octets)
}

/** Undefined for anything else than three base64url parts, of which the first two are JSON objects. */
export function parseCompactJwt(text: string): CompactJwt | undefined {
  const jws = parseCompactJws(text)
  if (jws === undefined) return undefined
  const claims = parseJsonObject(jws.payload)
  if (claims === undefined) return undefined
  return { header: jws.header, claims, signature: jws.signature, signingInput: jws.signingInput }
}
