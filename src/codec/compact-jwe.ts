import { parseBase64url } from './base64url.ts'
import { type JsonObject, parseJsonObject } from './json.ts'

/** The header of a JWE in its compact serialization, five base64url parts (RFC 7516 §7.1); undefined for anything else. */
export function parseCompactJweHeader(text: string): JsonObject | undefined {
  const parts = text.split('.', PARTS + 1)
  if (parts.length !== PARTS) return undefined
  const [header, ...others] = parts.map(parseBase64url)
  if (header === undefined || others.includes(undefined)) return undefined
  return parseJsonObject(header)
}

const PARTS = 5
