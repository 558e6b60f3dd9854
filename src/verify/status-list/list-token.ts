import { parseBase64url } from '../../codec/base64url.ts'
import { parseCompactJwt } from '../../codec/compact-jws.ts'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { Need } from '../../domain/need.ts'
import type { KeySource, StatusList } from '../../domain/ports.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import type { VerificationKey } from '../jose/jwk-set.ts'
import { mediaTypeOf } from '../jose/media-type.ts'
import { hasPassed, isNumericDate, liesAhead } from '../jose/numeric-date.ts'
import { findSigner } from '../jose/signer.ts'
import { D } from './denials.ts'

/** A status list token that was verified; its list is still compressed (TSL §5.1). */
export interface StatusListToken {
  readonly bits: StatusList['bits']
  /** ZLIB data (RFC 1950). */
  readonly compressed: Buffer
  readonly issuedAt: UnixSeconds
  readonly expiresAt: UnixSeconds | null
  /** Seconds that a copy may be used before it is fetched again; null: the issuer does not say. */
  readonly ttl: number | null
}

/** Whose lists they are. Only the issuer's own keys count; a key that the list token brings along does not. */
export interface StatusListTrust {
  /** One, or those that a template stands for. */
  readonly issuers: ReadonlySet<unknown>
  readonly algorithms: ReadonlyMap<string, Algorithm>
  /** Seconds that `iat` may lie ahead. */
  readonly clockSkew: number
  readonly keys: KeySource<VerificationKey>
}

/**
 * Verifies a status list token in its JWT form, fetched from `uri` (TSL §5.1, §8.3): a StatusListToken, a Need where the
 * issuer's keys are lacking, or what is wrong with it, as the end of a sentence.
 */
export function verifyStatusListToken(
  text: string,
  uri: string,
  trust: StatusListTrust,
  now: UnixSeconds,
): StatusListToken | Need | string {
  const jwt = parseCompactJwt(text)
  if (jwt === undefined) return 'is not a signed JWT'
  const { typ, alg, kid, crit, b64 } = jwt.header
  if (mediaTypeOf(typ) !== 'statuslist+jwt') return 'is not typed statuslist+jwt'
  if (crit !== undefined || b64 !== undefined) return 'has a critical header parameter'
  const algorithm = typeof alg === 'string' ? trust.algorithms.get(alg) : undefined
  if (algorithm === undefined) return 'is signed with an algorithm that is not accepted'
  const read = readClaims(jwt.claims, uri, trust, now)
  if (typeof read === 'string') return read
  const signer = findSigner(jwt, algorithm, trust.keys)
  if (signer === 'mismatch') return 'has a signature that does not verify'
  if (signer === 'absent') return "is signed with a key that is not among its issuer's"
  if (signer === 'unavailable') return "cannot be verified: the issuer's keys are unavailable"
  if (signer !== 'ask') return read
  const name = typeof kid === 'string' ? kid : null
  return new Need('keys', `keys of ${uri}`, D.TOKEN_STATUS_UNAVAILABLE, () => trust.keys.ask(name))
}

function readClaims(
  claims: JsonObject,
  uri: string,
  { issuers, clockSkew }: StatusListTrust,
  now: UnixSeconds,
): StatusListToken | string {
  const { sub, iss, iat, exp, ttl, status_list: list } = claims
  // Else one list could be served in the place of another.
  if (sub !== uri) return 'is about another URI (sub)'
  if (iss !== undefined && !issuers.has(iss)) return 'is from another issuer (iss)'
  if (!isNumericDate(iat) || liesAhead(iat, clockSkew, now)) return 'has no iat, or one that lies ahead'
  if (exp !== undefined && (!isNumericDate(exp) || hasPassed(exp, now))) return 'has expired (exp)'
  if (ttl !== undefined && !(isNumericDate(ttl) && ttl > 0)) return 'has a malformed ttl'
  if (!isJsonObject(list)) return 'holds no status_list'
  const { bits, lst } = list
  const compressed = typeof lst === 'string' ? parseBase64url(lst) : undefined
  if (!isBits(bits) || compressed === undefined) return 'holds a malformed status_list'
  return { bits, compressed, issuedAt: iat, expiresAt: exp ?? null, ttl: ttl ?? null }
}

function isBits(value: unknown): value is StatusList['bits'] {
  return value === 1 || value === 2 || value === 4 || value === 8
}
