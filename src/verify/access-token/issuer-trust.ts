import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import type { IntrospectionSource, KeySource, TokenOpener } from '../../domain/ports.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import type { VerificationKey } from '../jose/jwk-set.ts'
import { hasPassed, liesAhead } from '../jose/numeric-date.ts'
import type { StatusRules } from '../status-list/check.ts'
import type { TokenClaims } from './claims.ts'
import { D } from './denials.ts'
import type { Dialect } from './dialect.ts'
import type { ScopeSets } from './scope-sets.ts'

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
  readonly scopeSets: ScopeSets
}

/** RFC 9068 §4: byte for byte; of a template, the identifier of one of its tenants. */
export function isIssuer({ issuer, tenants }: IssuerTrust, iss: unknown): boolean {
  return tenants === null ? issuer === iss : tenants.has(iss as string)
}

/** One set has the keys of all tenants of a template, and those of some are for these alone (RFC 8725 §3.8). */
export function signsFor(key: VerificationKey, { tenants, issuer }: IssuerTrust, iss: unknown): boolean {
  return tenants === null || key.issuer === null || key.issuer === issuer || key.issuer === iss
}

/** The keys of a template sign for all its tenants, so the token must name the same one twice. */
export function isOfTenant({ iss, tid }: JsonObject, { tenants }: IssuerTrust): boolean {
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
  if (hasPassed(token.expiresAt, now)) return D.TOKEN_EXPIRED
  return liesAhead(token.notBefore, trust.clockSkew, now) ? D.TOKEN_NOT_YET : undefined
}

/** `max_token_lifetime` of the issuer. */
export function checkLifetime(read: TokenClaims, trust: IssuerTrust): Denial | undefined {
  if (trust.maxLifetime === null) return undefined
  // A token that does not say when it was issued may have any lifetime.
  return read.issuedAt === null || read.expiresAt - read.issuedAt > trust.maxLifetime
    ? D.TOKEN_LIFETIME
    : undefined
}
