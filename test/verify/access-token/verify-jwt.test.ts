import { describe, expect, it } from 'vitest'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { NOW } from '../../support/clock.ts'
import { aJws, altered, base64url, type Members } from '../../support/jws.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import {
  AUDIENCE,
  aToken,
  aTrust,
  ISSUER,
  keySource,
  presented,
  tokenClaims,
  tokenHeader,
} from '../../support/token.ts'
import { claims, header, ISSUING, verify } from './verify-jwt-world.ts'

describe('verifyAccessToken (RFC 9068 §4)', () => {
  it.each(['ES256', 'Ed25519', 'EdDSA', 'PS256'] as const)('takes a token signed with %s', (name) => {
    const key = aKey(name, 'issuer')
    expect(verify(aToken({ key }), aTrust({ keys: keySource(verificationKeys(key)) }))).toBe('accepted')
  })

  it('hands on what was read', () => {
    const token = verifyAccessToken(presented(aToken()), [aTrust()], new Map(), NOW)
    expect(token).toMatchObject({
      issuer: ISSUER,
      subject: 'customer-7',
      clientId: 'tpp-1',
      jti: 'token-1',
      x5t: null,
    })
    expect(token).toMatchObject({
      jkt: aKey('ES256', 'client').jkt,
      expiresAt: NOW + 270,
      hasConfirmation: true,
    })
  })

  it.each([
    ['not three parts', () => 'a.b'],
    ['an opaque token', () => 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'],
    ['an encrypted one', () => `${base64url({ alg: 'dir', enc: 'A256GCM' })}.a.b.c.d`],
    ['a padded part', () => altered(aToken(), (parts) => (parts.signature += '=='))],
    [
      'a stray bit',
      () => altered(aToken(), (parts) => (parts.signature = `${parts.signature.slice(0, -1)}B`)),
    ],
    ['an array for claims', () => aJws(tokenHeader(ISSUING), '[]', ISSUING)],
    [
      'a header that names alg twice',
      () => aJws('{"typ":"at+jwt","alg":"none","alg":"ES256"}', tokenClaims(), ISSUING),
    ],
    [
      'claims that name sub twice',
      () => aJws(tokenHeader(ISSUING), `{"sub":"root",${JSON.stringify(tokenClaims()).slice(1)}`, ISSUING),
    ],
  ])('TOKEN_NOT_JWT: %s', (_, token) => {
    expect(verify(token())).toBe('TOKEN_NOT_JWT')
  })

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])('takes typ %s', (typ) => {
    expect(header({ typ })).toBe('accepted')
  })

  it.each([
    undefined,
    null,
    '',
    'JWT',
    'jwt',
    'dpop+jwt',
    'at+jwt;a=b',
    'text/at+jwt',
    'logout+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'oauth-authz-req+jwt',
    'statuslist+jwt',
    ['at+jwt'],
  ])('TOKEN_TYPE: %j (RFC 8725 §3.11, §3.12)', (typ) => {
    expect(header({ typ })).toBe('TOKEN_TYPE')
  })

  it.each<Members>([
    { crit: ['exp'], exp: 1 },
    { crit: [] },
    { crit: null },
    { crit: ['b64'], b64: true },
    { b64: false },
  ])('TOKEN_CRITICAL: %j (RFC 7515 §4.1.11, RFC 7797 §6)', (changes) => {
    expect(header(changes)).toBe('TOKEN_CRITICAL')
  })

  it.each(['https://other.example', `${ISSUER}/`, ISSUER.toUpperCase(), undefined, [ISSUER], ''])(
    'TOKEN_ISSUER: %j, compared code point by code point (RFC 8725 §3.8)',
    (iss) => {
      expect(claims({ iss })).toBe('TOKEN_ISSUER')
    },
  )

  it.each([
    'none',
    'None',
    'HS256',
    'RS256',
    'ES384',
    'es256',
    'Ed448',
    undefined,
    null,
    ['ES256'],
    'constructor',
  ])('TOKEN_ALGORITHM: %j (FAPI2-SP §5.4.1)', (alg) => {
    expect(header({ alg })).toBe('TOKEN_ALGORITHM')
  })

  it.each(['iss', 'sub', 'aud', 'exp', 'client_id', 'iat', 'jti'])(
    'TOKEN_CLAIMS or TOKEN_ISSUER: no %s',
    (name) => {
      expect(claims({ [name]: undefined })).toBe(name === 'iss' ? 'TOKEN_ISSUER' : 'TOKEN_CLAIMS')
    },
  )

  it('TOKEN_CONFIRMATION: a thumbprint that is none', () => {
    expect(claims({ cnf: { jkt: 'short' } })).toBe('TOKEN_CONFIRMATION')
  })

  it('TOKEN_AUDIENCE: one of several must be ours', () => {
    expect(claims({ aud: ['https://other.example', AUDIENCE] })).toBe('accepted')
    expect(claims({ aud: `${AUDIENCE}/` })).toBe('TOKEN_AUDIENCE')
    expect(claims({ aud: ['https://other.example'] })).toBe('TOKEN_AUDIENCE')
  })

  it('TOKEN_EXPIRED: from the very second of exp', () => {
    expect(claims({ exp: NOW + 1 })).toBe('accepted')
    expect(claims({ exp: NOW })).toBe('TOKEN_EXPIRED')
    expect(claims({ exp: NOW + 0.9 })).toBe('TOKEN_EXPIRED')
    expect(claims({ exp: 0 })).toBe('TOKEN_EXPIRED')
  })

  it('TOKEN_NOT_YET: beyond the leeway (FAPI2-SP §5.3.2.1(13))', () => {
    expect(claims({ nbf: NOW + 10 })).toBe('accepted')
    expect(claims({ nbf: NOW + 11 })).toBe('TOKEN_NOT_YET')
    expect(claims({ iat: NOW + 10 })).toBe('accepted')
    for (const date of ['nbf', 'iat']) expect(claims({ [date]: NOW + 10.9 })).toBe('accepted')
    expect(claims({ iat: NOW + 11 })).toBe('TOKEN_NOT_YET')
  })

  it('TOKEN_LIFETIME: where the configuration sets a limit', () => {
    expect(claims({}, aTrust({ maxLifetime: 300 }))).toBe('accepted')
    expect(claims({}, aTrust({ maxLifetime: 299 }))).toBe('TOKEN_LIFETIME')
  })
})
