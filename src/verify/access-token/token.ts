import type { JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { VerificationKey } from '../jose/jwk-set.ts'
import type { TokenClaims } from './claims.ts'
import { type Grant, misreadScope } from './dialect.ts'
import type { IssuerTrust } from './issuer-trust.ts'

/**
 * An access token that was verified. Only this file can make one: the class is not exported, and `proveToken` is
 * imported by this folder alone (a test sees to it). So a step that takes an AccessToken cannot run before the check.
 */
class VerifiedToken {
  readonly #proved = true
  /** SHA-256 of its octets, base64url. */
  readonly hash: string
  readonly trust: IssuerTrust
  /** What verified its signature; null where the issuer was asked instead (RFC 7662). */
  readonly key: VerificationKey | null
  /** Infinity where an issuer that was asked did not say. */
  readonly expiresAt: UnixSeconds
  readonly notBefore: UnixSeconds
  /** `cnf.jkt` (RFC 9449 §6.1); null where the token has none. */
  readonly jkt: string | null
  /** `cnf["x5t#S256"]` (RFC 8705 §3.1); null where the token has none. */
  readonly x5t: string | null
  /** Whether `cnf` names any key at all, also by members that we do not know. */
  readonly hasConfirmation: boolean
  readonly issuer: string
  /** Null where the token does not say. */
  readonly subject: string | null
  /** Null where an issuer that was asked did not say. */
  readonly clientId: string | null
  /** Whether it speaks for a user or for the client itself; null where nobody says. */
  readonly grant: Grant | null
  readonly scopes: ReadonlySet<string>
  /** Null where the token does not say. */
  readonly jti: string | null
  readonly claims: JsonObject

  constructor(
    hash: string,
    trust: IssuerTrust,
    key: VerificationKey | null,
    read: TokenClaims,
    claims: JsonObject,
  ) {
    this.hash = hash
    this.trust = trust
    this.key = key
    // The same text for all of its tokens.
    this.issuer = read.issuer === trust.issuer ? trust.issuer : read.issuer
    this.subject = read.subject
    this.clientId = read.clientId
    this.grant = read.grant
    this.jti = read.jti
    this.scopes = read.scopes
    this.expiresAt = read.expiresAt
    this.notBefore = read.notBefore
    this.jkt = read.jkt
    this.x5t = read.x5t
    this.hasConfirmation = read.hasConfirmation
    this.claims = claims
  }

  /** Why it has no scope, where it says some in a way that its dialect does not read; for the operator. */
  get misreadScope(): string | undefined {
    return this.scopes.size > 0 ? undefined : misreadScope(this.claims, this.trust.dialect)
  }

  static proved(token: VerifiedToken): boolean {
    return token.#proved
  }
}

export type AccessToken = VerifiedToken

/** For verify-jwt.ts and accept-introspection.ts, once every check has passed. */
export function proveToken(
  hash: string,
  trust: IssuerTrust,
  key: VerificationKey | null,
  read: TokenClaims,
  claims: JsonObject,
): AccessToken {
  return new VerifiedToken(hash, trust, key, read, claims)
}
