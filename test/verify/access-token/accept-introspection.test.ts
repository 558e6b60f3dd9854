import { describe, expect, it } from 'vitest'
import { acceptIntrospection } from '../../../src/verify/access-token/accept-introspection.ts'
import { type DialectName, dialects } from '../../../src/verify/access-token/dialects.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { AUDIENCE, aTrust, ISSUER, presented, THUMBPRINT, tokenClaims } from '../../support/token.ts'

const OPAQUE = 'a-reference-that-nobody-can-guess'
const JKT = aKey('ES256', 'client').jkt

const accept = (changes: Members, trust = aTrust(), now = NOW) =>
  acceptIntrospection({ ...answer(), ...changes }, presented(OPAQUE), trust, now)

describe('acceptIntrospection (RFC 7662 §2.2)', () => {
  it('makes an access token of an answer that holds', () => {
    const token = accept({}) as AccessToken
    expect(outcome(token)).toBe('accepted')
    expect(token).toMatchObject({
      hash: presented(OPAQUE).hash,
      key: null,
      issuer: ISSUER,
      subject: 'customer-7',
      clientId: 'tpp-1',
      jti: 'token-1',
      expiresAt: NOW + 270,
      notBefore: NOW - 30,
      jkt: JKT,
      x5t: null,
      hasConfirmation: true,
    })
    expect([...token.scopes]).toEqual(['accounts', 'payments'])
  })

  it.each([
    ['missing', undefined],
    ['false', false],
    ['a text', 'true'],
    ['a number', 1],
    ['null', null],
    ['a list', [true]],
  ])('takes nothing for active but true: %s', (_, active) => {
    expect(outcome(accept({ active }))).toBe('TOKEN_INACTIVE')
  })

  it('needs no other member, and then knows nothing', () => {
    const token = acceptIntrospection({ active: true }, presented(OPAQUE), aTrust(), NOW) as AccessToken
    expect(outcome(token)).toBe('accepted')
    expect(token).toMatchObject({
      subject: null,
      clientId: null,
      jti: null,
      jkt: null,
      hasConfirmation: false,
    })
    expect(token.expiresAt).toBe(Number.POSITIVE_INFINITY)
    expect(token.scopes.size).toBe(0)
  })

  it.each<[string, Members, string]>([
    ['another issuer', { iss: `${ISSUER}/` }, 'TOKEN_ISSUER'],
    ['an issuer that is no text', { iss: 7 }, 'TOKEN_ISSUER'],
    ['another audience', { aud: 'https://other.example' }, 'TOKEN_AUDIENCE'],
    ['no audience among none', { aud: [] }, 'TOKEN_CLAIMS'],
    ['an audience that is no text', { aud: [7] }, 'TOKEN_CLAIMS'],
    ['the end of its time', { exp: NOW }, 'TOKEN_EXPIRED'],
    ['a time to come', { nbf: NOW + 11 }, 'TOKEN_NOT_YET'],
    ['a time to come, and no time of issue', { nbf: NOW + 11, iat: undefined }, 'TOKEN_NOT_YET'],
    ['an issue to come', { iat: NOW + 11 }, 'TOKEN_NOT_YET'],
    ['exp as a text', { exp: `${NOW + 60}` }, 'TOKEN_CLAIMS'],
    ['exp in milliseconds', { exp: (NOW - 60) * 1000 }, 'TOKEN_CLAIMS'],
    ['nbf as a text', { nbf: `${NOW - 60}` }, 'TOKEN_CLAIMS'],
    ['iat as null', { iat: null }, 'TOKEN_CLAIMS'],
    ['a subject that is no text', { sub: 7 }, 'TOKEN_CLAIMS'],
    ['an empty client id', { client_id: '' }, 'TOKEN_CLAIMS'],
    ['a jti that is no text', { jti: {} }, 'TOKEN_CLAIMS'],
    ['cnf as a text', { cnf: JKT }, 'TOKEN_CONFIRMATION'],
    ['a jkt that is none', { cnf: { jkt: 'short' } }, 'TOKEN_CONFIRMATION'],
  ])('refuses %s', (_, changes, code) => {
    expect(outcome(accept(changes))).toBe(code)
  })

  it.each<[string, Members]>([
    ['one audience of several', { aud: ['https://other.example', AUDIENCE] }],
    ['a start within the leeway', { nbf: NOW + 10 }],
    ['its last second', { exp: NOW + 1 }],
    ['no scope', { scope: undefined }],
    ['a certificate beside the key', { cnf: { jkt: JKT, 'x5t#S256': THUMBPRINT } }],
  ])('accepts %s', (_, changes) => {
    expect(outcome(accept(changes))).toBe('accepted')
  })

  it('is of the tenant that it names, where there are several: each has subjects and clients of its own', () => {
    const tenants = new Map([
      [`${ISSUER}/a`, 'a'],
      [`${ISSUER}/b`, 'b'],
    ])
    const trust = aTrust({ issuer: `${ISSUER}/{tenantid}`, tenants })
    const issuerOf = (iss: unknown) => {
      const token = accept({ iss }, trust)
      return 'issuer' in token ? token.issuer : outcome(token)
    }
    expect(
      [`${ISSUER}/a`, `${ISSUER}/b`, `${ISSUER}/c`, `${ISSUER}/{tenantid}`, undefined].map(issuerOf),
    ).toEqual([`${ISSUER}/a`, `${ISSUER}/b`, 'TOKEN_ISSUER', 'TOKEN_ISSUER', 'TOKEN_ISSUER'])
  })

  it('is of one tenant alone where the answer names it twice', () => {
    const tenants = new Map([
      [`${ISSUER}/a`, 'a'],
      [`${ISSUER}/b`, 'b'],
    ])
    const trust = aTrust({ issuer: `${ISSUER}/{tenantid}`, tenants })
    const said = (tid: unknown) => outcome(accept({ iss: `${ISSUER}/a`, tid }, trust))
    expect([undefined, 'a', 'b', null, ['a']].map(said)).toEqual([
      'accepted',
      'accepted',
      'TOKEN_TENANT',
      'TOKEN_TENANT',
      'TOKEN_TENANT',
    ])
    expect(outcome(accept({ tid: 'b' }))).toBe('accepted')
  })

  it('grants no scope that is not a text', () => {
    expect((accept({ scope: ['accounts'] }) as AccessToken).scopes.size).toBe(0)
  })

  it.each<[unknown, string]>([
    ['DPoP', 'accepted'],
    ['dpop', 'accepted'],
    [undefined, 'accepted'],
    ['Bearer', 'TOKEN_BINDING'],
    ['refresh_token', 'TOKEN_BINDING'],
    [7, 'TOKEN_BINDING'],
  ])('of a token with jkt, the type %s is %s (RFC 9449 §6.2)', (kind, code) => {
    expect(outcome(accept({ token_type: kind }))).toBe(code)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a certificate alone', { 'x5t#S256': THUMBPRINT }],
    ['what we do not know', { kid: 'k' }],
  ])(
    'a token of the type DPoP that is bound to %s is bound to a key that is not told (RFC 9449 §7.2)',
    (_, cnf) => {
      for (const kind of ['DPoP', 'dpop'])
        expect(outcome(accept({ cnf, token_type: kind }))).toBe('TOKEN_BINDING')
      for (const kind of ['Bearer', 'N_A', 7, undefined])
        expect(outcome(accept({ cnf, token_type: kind }))).toBe('accepted')
    },
  )

  it.each<[DialectName, Members, string]>([
    ['rfc9068', { token_use: 'access_token' }, 'accepted'],
    ['rfc9068', { token_use: 'access' }, 'accepted'],
    ['rfc9068', { token_use: 'refresh_token' }, 'TOKEN_KIND'],
    ['rfc9068', { token_use: ['access_token'] }, 'TOKEN_KIND'],
    ['rfc9068', { typ: 'Refresh' }, 'accepted'],
    ['keycloak', {}, 'accepted'],
    ['keycloak', { typ: 'DPoP' }, 'accepted'],
    ['keycloak', { typ: 'Refresh' }, 'TOKEN_KIND'],
    ['keycloak', { typ: 'ID' }, 'TOKEN_KIND'],
    ['curity', { purpose: 'access_token' }, 'accepted'],
    ['curity', { purpose: 'refresh_token' }, 'TOKEN_KIND'],
    ['forgerock', { tokenName: 'refresh_token' }, 'TOKEN_KIND'],
  ])('an active token is no access token for that: %s, %j: %s (RFC 8725 §3.12)', (name, changes, code) => {
    expect(outcome(accept(changes, aTrust({ dialect: dialects[name] })))).toBe(code)
  })

  it('a lifetime that cannot be told is too long, where there is a limit', () => {
    const trust = aTrust({ maxLifetime: 300 })
    expect(outcome(accept({}, trust))).toBe('accepted')
    expect(outcome(accept({ exp: NOW + 271 }, trust))).toBe('TOKEN_LIFETIME')
    expect(outcome(accept({ exp: undefined }, trust))).toBe('TOKEN_LIFETIME')
    expect(outcome(accept({ iat: undefined }, trust))).toBe('TOKEN_LIFETIME')
    expect(outcome(accept({ iat: undefined, nbf: NOW - 30 }, trust))).toBe('TOKEN_LIFETIME')
  })

  it('looks at the clock each time, also for an answer that is remembered', () => {
    expect(outcome(accept({}, aTrust(), NOW + 269))).toBe('accepted')
    expect(outcome(accept({}, aTrust(), NOW + 270))).toBe('TOKEN_EXPIRED')
  })
})

function answer(): Members {
  return { ...tokenClaims(), active: true, token_type: 'DPoP' }
}
