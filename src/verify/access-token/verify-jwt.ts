import type { CompactJwt } from '../../codec/compact-jws.ts'
import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import { boundedMemo } from '../../domain/memo.ts'
import { Need } from '../../domain/need.ts'
import type { IntrospectionSource, KeySource, Memo, TokenOpener } from '../../domain/ports.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import type { VerificationKey } from '../jose/jwk-set.ts'
import { findSigner } from '../jose/signer.ts'
import type { StatusRules } from '../status-list/check.ts'
import { readAudience, readClaims, type TokenClaims } from './claims.ts'
import { D } from './denials.ts'
import { type Dialect, hasAcceptedType } from './dialect.ts'
import { openToken, recipients } from './encrypted.ts'
import type { Presented } from './extract.ts'
import type { KnownTokens } from './known-tokens.ts'
import { type AccessToken, proveToken } from './token.ts'

/** What the configuration says of one authorization server. A token remembers the object that verified it. */
export interface IssuerTrust {
  readonly name: string
  /** Compared code point by code point (RFC 8725 §3.8). */
  readonly issuer: string
  /** Where `issuer` is a template: the issuers that it stands for, each with its tenant. */
  readonly tenants: ReadonlyMap<string, string> | null
  readonly dialect: Dialect
  /** This resource's names; the token's `aud` must hold one of them. */
  readonly audience: ReadonlySet<string>
  readonly algorithms: ReadonlyMap<string, Algorithm>
  /** Seconds that `iat` and `nbf` may lie ahead (FAPI2-SP §5.3.2.1(13): 10 accepted, more than 60 never). */
  readonly clockSkew: number
  /** Seconds; null: no limit. */
  readonly maxLifetime: number | null
  readonly keys: KeySource<VerificationKey>
  /** Null: its tokens are JWTs that are verified here. Else it is asked what each of them is worth (RFC 7662). */
  readonly introspection: IntrospectionSource | null
  /** Null: statuses are ignored. */
  readonly status: StatusRules | null
  /** Opens tokens that were encrypted for us; null: such tokens are not expected. */
  readonly opener: TokenOpener | null
  /** Whether all its tokens are (RFC 9068 §4). */
  readonly encrypts: boolean
  /** Most tokens have one of a few sets of scopes: those that were verified share it, which takes less room and stays in a cache. */
  readonly scopeSets: Memo<string, ReadonlySet<string>>
}

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
  const scopes = sharedScopes(read.scopes, trust)
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

/** For a new issuer: there are few such sets. */
export function scopeSets(): IssuerTrust['scopeSets'] {
  return boundedMemo(1000)
}

function sharedScopes(scopes: ReadonlySet<string>, { scopeSets }: IssuerTrust): ReadonlySet<string> {
  // Not joined by spaces, which a scope of a list may have.
  const key = JSON.stringify([...scopes])
  const shared = scopeSets.get(key) ?? scopes
  if (shared === scopes && key.length <= LONGEST_SHARED) scopeSets.set(key, scopes)
  return shared
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

/** RFC 9068 §4: byte for byte; of a template, the identifier of one of its tenants. */
export function isIssuer({ issuer, tenants }: IssuerTrust, iss: unknown): boolean {
  return tenants === null ? issuer === iss : tenants.has(iss as string)
}

/** One set has the keys of all tenants of a template, and those of some are for these alone (RFC 8725 §3.8). */
function signsFor(key: VerificationKey, { tenants, issuer }: IssuerTrust, iss: unknown): boolean {
  return tenants === null || key.issuer === null || key.issuer === issuer || key.issuer === iss
}

/** The keys of a template sign for all its tenants, so the token must name the same one twice. */
function isOfTenant({ iss, tid }: JsonObject, { tenants }: IssuerTrust): boolean {
  return tenants === null || tenants.get(iss as string) === tid
}

/** RFC 9068 §4: one name of ours is enough. */
export function checkAudience(read: TokenClaims, trust: IssuerTrust): Denial | undefined {
  return read.audience.some((each) => trust.audience.has(each)) ? undefined : D.TOKEN_AUDIENCE
}

/** RFC 7519 §4.1.4, §4.1.5: `exp` without leeway, so that no token lives longer than its issuer said. */
export function checkTime(
  token: { readonly expiresAt: UnixSeconds; readonly notBefore: UnixSeconds },
  trust: IssuerTrust,
  now: UnixSeconds,
): Denial | undefined {
  if (now >= token.expiresAt) return D.TOKEN_EXPIRED
  return token.notBefore > now + trust.clockSkew ? D.TOKEN_NOT_YET : undefined
}

/** `max_token_lifetime` of the issuer. */
export function checkLifetime(read: TokenClaims, trust: IssuerTrust): Denial | undefined {
  if (trust.maxLifetime === null) return undefined
  // A token that does not say when it was issued may have any lifetime.
  return read.issuedAt === null || read.expiresAt - read.issuedAt > trust.maxLifetime
    ? D.TOKEN_LIFETIME
    : undefined
}

const NO_SIGNER = {
  mismatch: D.TOKEN_SIGNATURE,
  absent: D.TOKEN_KEY_UNKNOWN,
  unavailable: D.TOKEN_KEYS_UNAVAILABLE,
}
/** Characters. */
const LONGEST_SHARED = 1024
