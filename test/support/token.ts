import type { KeySource } from '../../src/domain/ports.ts'
import { dialects } from '../../src/verify/access-token/dialects.ts'
import { Presented, type Scheme } from '../../src/verify/access-token/extract.ts'
import type { IssuerTrust } from '../../src/verify/access-token/issuer-trust.ts'
import type { AccessToken } from '../../src/verify/access-token/token.ts'
import { verifyAccessToken } from '../../src/verify/access-token/verify-jwt.ts'
import { allow } from '../../src/verify/jose/algorithms.ts'
import type { VerificationKey } from '../../src/verify/jose/jwk-set.ts'
import { heldKeys } from '../../src/verify/jose/key-set.ts'
import { NOW } from './clock.ts'
import { aJws, type Members } from './jws.ts'
import { aKey, type SigningKey, verificationKeys } from './keys.ts'

export interface JwtChanges {
  readonly header?: Members
  readonly claims?: Members
  readonly key?: SigningKey
}

/** The algorithms of FAPI2-SP §5.4.1. */
export const FAPI = allow(['PS256', 'ES256', 'EdDSA', 'Ed25519'])
export const ISSUER = 'https://as.bank.example'
export const AUDIENCE = 'https://api.bank.example'
export const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

/** A valid access token (RFC 9068), bound to the client's DPoP key, but for the changes. */
export function aToken({ header = {}, claims = {}, key = aKey('ES256', 'issuer') }: JwtChanges = {}): string {
  return aJws({ ...tokenHeader(key), ...header }, { ...tokenClaims(), ...claims }, key)
}

export function tokenHeader(key: SigningKey): Members {
  return { typ: 'at+jwt', alg: key.alg, kid: key.kid }
}

export function tokenClaims(): Members {
  return {
    iss: ISSUER,
    sub: 'customer-7',
    aud: AUDIENCE,
    client_id: 'tpp-1',
    jti: 'token-1',
    iat: NOW - 30,
    exp: NOW + 270,
    scope: 'accounts payments',
    cnf: { jkt: aKey('ES256', 'client').jkt },
  }
}

export function presented(token: string, scheme: Scheme = 'DPoP'): Presented {
  return new Presented(scheme, token)
}

/** An issuer as the configuration would trust it: one ES256 key, ten seconds of leeway. */
export function aTrust(changes: Partial<IssuerTrust> = {}): IssuerTrust {
  return {
    name: 'bank',
    issuer: ISSUER,
    tenants: null,
    dialect: dialects.rfc9068,
    audience: new Set([AUDIENCE]),
    algorithms: FAPI,
    clockSkew: 10,
    maxLifetime: null,
    status: {
      required: false,
      origins: new Set([ISSUER]),
      allowsUnavailable: false,
      lists: { held: () => 'unavailable', ask: async () => {} },
    },
    keys: keySource(verificationKeys(aKey('ES256', 'issuer'))),
    introspection: null,
    opener: null,
    encrypts: false,
    scopeSets: new Map(),
    ...changes,
  }
}

/** Keys that never change and are never fetched. */
export function keySource(
  keys: readonly VerificationKey[],
  standing: 'ask' | 'absent' | 'unavailable' = 'ask',
): KeySource<VerificationKey> {
  return { ...heldKeys(keys), standing: () => standing }
}

/** A verified token, which only the real verification can make. */
export function aVerifiedToken(token: string = aToken()): AccessToken {
  const verdict = verifyAccessToken(presented(token), [aTrust()], new Map(), NOW)
  if (!('clientId' in verdict))
    throw new Error(`the token of the test is not valid: ${JSON.stringify(verdict)}`)
  return verdict
}
