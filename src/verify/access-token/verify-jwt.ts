import type { CompactJwt } from '../../codec/compact-jws.ts'
import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import type { VerificationKey } from '../jose/jwk-set.ts'
import { findSigner } from '../jose/signer.ts'
import { readAudience, readClaims } from './claims.ts'
import { D } from './denials.ts'
import { hasAcceptedType } from './dialect.ts'
import { openToken, recipients } from './encrypted.ts'
import type { Presented } from './extract.ts'
import {
  checkAudience,
  checkLifetime,
  checkTime,
  type IssuerTrust,
  isIssuer,
  isOfTenant,
  signsFor,
} from './issuer-trust.ts'
import type { KnownTokens } from './known-tokens.ts'
import { sharedScopes } from './scope-sets.ts'
import { type AccessToken, proveToken } from './token.ts'

/**
 * Verifies a JWT access token (RFC 9068 §4, with RFC 8725 throughout). A token verified before is known by its text;
 * whether it is still in time, its issuer still trusted and its key still published is asked every time.
 */
export function verifyAccessToken(
  presented: Presented,
  trusted: readonly IssuerTrust[],
  tokens: KnownTokens,
  now: UnixSeconds,
): AccessToken | Denial | Need {
  const known = presented.known ?? tokens.get(presented.token)
  if (known?.key && isWhose(known, presented, trusted) && known.trust.keys.holds(known.key)) {
    return checkTime(known, known.trust, now) ?? known
  }
  const token = verifyAfresh(presented, trusted, now)
  if (!isDenial(token) && !(token instanceof Need)) tokens.set(presented.token, token)
  return token
}

function verifyAfresh(
  presented: Presented,
  trusted: readonly IssuerTrust[],
  now: UnixSeconds,
): AccessToken | Denial | Need {
  const opened = openToken(presented, trusted)
  if (isDenial(opened) || opened instanceof Need) return opened
  const { jwt } = opened
  if (jwt === undefined) return D.TOKEN_NOT_JWT
  const { header, claims } = jwt
  // No extension of JWS is implemented, so whatever `crit` lists is not understood; that includes RFC 7797's b64.
  if (header['crit'] !== undefined || header['b64'] !== undefined) return D.TOKEN_CRITICAL
  const trust = whoseToken(claims, opened.trusted)
  if (trust === undefined) return D.TOKEN_ISSUER
  if (trust.encrypts && !opened.wasEncrypted) return D.TOKEN_UNENCRYPTED
  if (!hasAcceptedType(header['typ'], trust.dialect)) return D.TOKEN_TYPE
  const algorithm = typeof header['alg'] === 'string' ? trust.algorithms.get(header['alg']) : undefined
  if (algorithm === undefined) return D.TOKEN_ALGORITHM
  if (!isOfTenant(claims, trust)) return D.TOKEN_TENANT
  const read = readClaims(claims, trust.dialect)
  if (isDenial(read)) return read
  // Cheap before costly: what the signature cannot mend is refused before anything is fetched or computed.
  const refused = checkAudience(read, trust) ?? checkTime(read, trust, now) ?? checkLifetime(read, trust)
  if (refused !== undefined) return refused
  const key = findKey(jwt, trust, algorithm)
  if (isDenial(key) || key instanceof Need) return key
  const scopes = sharedScopes(read.scopes, trust.scopeSets)
  return proveToken(presented.hash, trust, key, { ...read, scopes }, claims)
}

/** The key that verifies the signature, or what its absence means for the token. */
function findKey(jwt: CompactJwt, trust: IssuerTrust, algorithm: Algorithm): VerificationKey | Denial | Need {
  const { iss } = jwt.claims
  const signer = findSigner(jwt, algorithm, trust.keys, (key) => signsFor(key, trust, iss))
  if (typeof signer === 'object') return signer
  if (signer !== 'ask') return NO_SIGNER[signer]
  // A name of another type than text was never asked about.
  const kid = (jwt.header['kid'] ?? null) as string | null
  return new Need('keys', `${trust.name} ${kid ?? ''}`, D.TOKEN_KEYS_UNAVAILABLE, () => trust.keys.ask(kid))
}

/** Whether afresh it would be verified by the same rules: on another route it may be another issuer's, by its audience or by its key. */
function isWhose(known: AccessToken, { token }: Presented, trusted: readonly IssuerTrust[]): boolean {
  if (trusted.length === 1) return trusted[0] === known.trust
  return whoseToken(known.claims, recipients(token, trusted)) === known.trust
}

/** One issuer may stand in the configuration several times, for different audiences. */
function whoseToken(claims: JsonObject, trusted: readonly IssuerTrust[]): IssuerTrust | undefined {
  const named = trusted.filter((each) => isIssuer(each, claims['iss']) && each.introspection === null)
  if (named.length < 2) return named[0]
  const audience = readAudience(claims['aud']) ?? []
  return named.find((each) => audience.some((name) => each.audience.has(name))) ?? named[0]
}

const NO_SIGNER = {
  mismatch: D.TOKEN_SIGNATURE,
  absent: D.TOKEN_KEY_UNKNOWN,
  unavailable: D.TOKEN_KEYS_UNAVAILABLE,
}
