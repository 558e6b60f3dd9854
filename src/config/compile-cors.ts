import type { CorsRules } from '../decision/cors.ts'
import type { CorsDocument } from './schema/cors.ts'

/** Null: scripts of other origins have no business here. */
export function compileCors(cors: CorsDocument | undefined): CorsRules | null {
  if (cors === undefined) return null
  return {
    origins: cors.origins.includes('*') ? null : new Set(cors.origins),
    allowedFields: listOf(ALLOWED, cors.allow_headers),
    exposedFields: listOf(EXPOSED, cors.expose_headers),
    maxAge: Math.floor(cors.max_age / 1000),
  }
}

function listOf(ours: readonly string[], theirs: readonly string[]): string {
  const names = new Map([...ours, ...theirs].map((name) => [name.toLowerCase(), name]))
  return [...names.values()].join(', ')
}

/** What a client of a FAPI 2.0 resource sends; `*` would not include Authorization (FETCH §3.3.4). */
const ALLOWED = [
  'Authorization',
  'DPoP',
  'Content-Type',
  'Content-Digest',
  'Signature',
  'Signature-Input',
  'Accept-Signature',
  'Want-Content-Digest',
  'x-fapi-interaction-id',
]
/** RFC 9449 §8, RFC 6750 §3: without these a script could neither retry with a nonce nor know why it was refused. */
const EXPOSED = [
  'WWW-Authenticate',
  'DPoP-Nonce',
  'Content-Digest',
  'Signature',
  'Signature-Input',
  'Accept-Signature',
  'Want-Content-Digest',
  'Retry-After',
  'x-fapi-interaction-id',
]
