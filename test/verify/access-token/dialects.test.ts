import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/codec/json.ts'
import {
  clientIdOf,
  type Dialect,
  hasAcceptedType,
  misreadScope,
} from '../../../src/verify/access-token/dialect.ts'
import { dialects } from '../../../src/verify/access-token/dialects.ts'
import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { NOW } from '../../support/clock.ts'
import { claimsOf, type Jwt, MAKES, type Make, OTHER_TYPES } from '../../support/dialect-tokens.ts'
import { aJws, type Members } from '../../support/jws.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aTrust, keySource, presented, THUMBPRINT } from '../../support/token.ts'

/** What no access token of it goes without; `tid` is asked for with the tenant. */
const REQUIRED: Readonly<Record<Make['dialect'], readonly string[]>> = {
  rfc9068: ['sub', 'iat', 'jti', 'client_id'],
  keycloak: ['iat', 'jti'],
  okta: ['sub', 'iat', 'jti'],
  auth0: ['sub', 'iat', 'scope'],
  entra: ['ver'],
  forgerock: [],
  curity: ['sub', 'iat', 'jti', 'scope'],
  authlete: ['iat', 'jti', 'client_id'],
  mosaic: ['sub', 'iat', 'client_id', 'scope'],
}

describe.each(MAKES)('the dialect $dialect', (make) => {
  const judge = (jwt: Jwt, changes: Members = {}, dialect?: Dialect) =>
    verifyAccessToken(presented(signed(make, jwt, changes)), [trustOf(make, dialect)], new Map(), NOW)

  it('takes its access token, and reads scope, client and grant', () => {
    const { clientId, grant, scope } = make.expected
    expect(judge(make.access)).toMatchObject({ clientId, grant, issuer: make.issuer })
    expect([...(judge(make.access) as AccessToken).scopes].join(' ')).toBe(scope)
  })

  it.each(Object.keys(make.others))('refuses its %s', (kind) => {
    expect(outcome(judge(make.others[kind] as Jwt))).toMatch(/^TOKEN_(?:TYPE|KIND|CLAIMS|AUDIENCE)$/)
  })

  it.each(OTHER_TYPES)('refuses every JWT that says to be %j', (typ) => {
    expect(outcome(judge({ ...make.access, header: { typ } }))).toBe('TOKEN_TYPE')
    expect(outcome(judge({ ...make.access, header: { typ: `application/${typ}` } }))).toBe('TOKEN_TYPE')
  })

  it.each(MAKES.filter((other) => other !== make))('refuses the ID token of $dialect', (other) => {
    for (const [kind, jwt] of Object.entries(other.others)) {
      if (!kind.startsWith('ID token')) continue
      const meantForUs = { ...jwt.claims, aud: make.audience }
      expect(outcome(judge(jwt, { ...meantForUs, tid: make.access.claims['tid'] }))).toMatch(
        /^TOKEN_(?:TYPE|KIND|CLAIMS)$/,
      )
    }
  })

  it("refuses another API's token, another issuer's, and one of an issuer that differs in a character", () => {
    expect(outcome(judge(make.access, { aud: 'https://other.example' }))).toBe('TOKEN_AUDIENCE')
    for (const iss of [`${make.issuer}/`, make.issuer.replace('https:', 'HTTPS:'), make.issuer.slice(0, -1)])
      expect(outcome(judge(make.access, { iss }))).toBe('TOKEN_ISSUER')
  })

  it.each(['at_hash', 'c_hash', 's_hash', 'events', 'token_introspection', 'htu'])(
    'refuses a token with %s',
    (claim) => {
      expect(outcome(judge(make.access, { [claim]: 'x' }))).toBe('TOKEN_KIND')
    },
  )

  it.runIf(hasMarks(make)).each([
    ['typ', ['Bearer', 'DPoP'], ['ID', 'Refresh', 'bearer', 'none', 7, null, ['Bearer']]],
    ['tokenName', ['access_token'], ['id_token', 'refresh_token', 'none']],
    ['purpose', ['access_token'], ['id', 'none']],
    ['token_use', ['access', 'access_token'], ['id', 'none']],
  ] as const)('heeds the word of any make for what a token is: %s', (claim, good, bad) => {
    for (const value of good) expect(outcome(judge(make.access, { [claim]: value }))).toBe('accepted')
    for (const value of bad) expect(outcome(judge(make.access, { [claim]: value }))).toBe('TOKEN_KIND')
  })

  it.runIf(hasMarks(make))('refuses a token with a nonce, as ID tokens have it', () => {
    expect(outcome(judge(make.access, { nonce: 'n' }))).toBe('TOKEN_KIND')
  })

  it('takes its client for an audience only where that may be', () => {
    const aud = [make.audience, make.expected.clientId]
    const may = ['rfc9068', 'keycloak', 'forgerock', 'authlete'].includes(make.dialect)
    // Of two audiences none is the client.
    const named = make.dialect === 'forgerock' ? { client_id: make.expected.clientId } : {}
    expect(outcome(judge(make.access, { aud, ...named }))).toBe(may ? 'accepted' : 'TOKEN_KIND')
  })

  it('refuses a token that names no client, or lacks what this make always writes', () => {
    const { clientId } = dialects[make.dialect]
    const nobody = Object.fromEntries(clientId.map((claim) => [claim, undefined]))
    if (!clientId.includes('aud')) expect(outcome(judge(make.access, nobody))).toBe('TOKEN_CLAIMS')
    for (const claim of [...REQUIRED[make.dialect], 'exp', 'aud'])
      expect(outcome(judge(make.access, { [claim]: undefined }))).toBe('TOKEN_CLAIMS')
  })

  it('has no lifetime to judge where it does not say when it was issued', () => {
    const trust = { ...trustOf(make), maxLifetime: 600, dialect: { ...dialects[make.dialect], required: [] } }
    const once = presented(signed(make, make.access, { iat: undefined }))
    expect(outcome(verifyAccessToken(once, [trust], new Map(), NOW))).toBe('TOKEN_LIFETIME')
    const dated = presented(signed(make, make.access, { iat: NOW }))
    expect(outcome(verifyAccessToken(dated, [trust], new Map(), NOW))).toBe('accepted')
  })
})

describe('what a dialect reads', () => {
  const judgeAs = (name: Make['dialect'], changes: Members) => {
    const make = MAKES.find(({ dialect }) => dialect === name) as Make
    const claims = presented(signed(make, make.access, changes))
    return verifyAccessToken(claims, [trustOf(make)], new Map(), NOW)
  }

  it.each<[Make['dialect'], string, Members]>([
    ['keycloak', 'client', { preferred_username: 'service-account-tpp-1' }],
    ['keycloak', 'user', { preferred_username: 'alice' }],
    ['keycloak', 'user', { preferred_username: 'no-service-account-tpp-1' }],
    ['keycloak', 'client', { grant_type: 'client_credentials' }],
    ['keycloak', 'user', { preferred_username: ['service-account-tpp-1'] }],
    ['okta', 'user', { sub: '00u1', uid: '00u1' }],
    ['auth0', 'user', { gty: undefined, sub: 'auth0|1' }],
    ['auth0', 'client', { gty: undefined, sub: 'tpp-1', client_id: 'tpp-1' }],
    ['entra', 'user', { idtyp: undefined, scp: 'accounts', sub: 's', oid: 's' }],
    ['entra', 'client', { idtyp: undefined, sub: 's', oid: 's' }],
    ['forgerock', 'client', { grant_type: 'client_credentials' }],
    ['forgerock', 'user', { grant_type: 'authorization_code', sub: undefined }],
    ['rfc9068', 'client', { sub: 'tpp-1' }],
    ['authlete', 'user', { sub: 'u-77' }],
    ['authlete', 'client', { sub: 'u-77', grant_type: 'client_credentials' }],
    ['authlete', 'client', { sub: 'u-77', grantType: 'CLIENT_CREDENTIALS' }],
    ['authlete', 'client', { sub: 'tpp-1' }],
    ['curity', 'client', { sub: 'tpp-1' }],
    ['curity', 'client', { sub: 'tpp-1', client_id: undefined, azp: 'tpp-1' }],
    ['mosaic', 'client', { sub: 'c.transmit' }],
  ])('%s: the grant of a %s (RFC 9068 §5)', (name, grant, changes) => {
    expect(judgeAs(name, changes)).toMatchObject({ grant })
  })

  it.each<[Make['dialect'], string, Members]>([
    ['keycloak', 'a', { azp: 'a', client_id: 'b' }],
    ['keycloak', 'b', { azp: undefined, client_id: 'b' }],
    ['auth0', 'a', { client_id: 'a', azp: 'b' }],
    ['auth0', 'b', { azp: 'b' }],
    ['entra', 'a', { azp: 'a', appid: 'b' }],
    ['forgerock', 'a', { client_id: 'a', azp: 'b' }],
    ['forgerock', 'b', { azp: 'b' }],
    ['curity', 'a', { client_id: 'a', azp: 'b' }],
    ['curity', 'b', { client_id: undefined, azp: 'b' }],
  ])('%s: the client %s', (name, clientId, changes) => {
    expect(judgeAs(name, changes)).toMatchObject({ clientId })
  })

  it.each<[Make['dialect'], string[], Members]>([
    ['rfc9068', [], { scope: ['accounts'] }],
    ['okta', [], { scp: 'accounts' }],
    ['okta', [], { scp: ['accounts', 7] }],
    ['entra', ['accounts'], { scp: 'accounts', roles: ['Admin'] }],
    ['entra', [], { scp: '', roles: ['Admin'] }],
    ['forgerock', ['accounts', 'payments'], { scope: 'accounts payments' }],
    ['auth0', [], { scope: '', permissions: ['payments'] }],
  ])('%s: the scopes %j', (name, scopes, changes) => {
    expect([...(judgeAs(name, changes) as AccessToken).scopes]).toEqual(scopes)
  })

  it.each<[Make['dialect'], string | undefined, Members]>([
    ['okta', "scp is a text, and the issuer's dialect reads a list of texts: dialect.scope", { scp: 'a' }],
    ['okta', undefined, { scp: [] }],
    [
      'entra',
      "roles is a text, and the issuer's dialect reads a list of texts: dialect.scope",
      { roles: 'a' },
    ],
    [
      'forgerock',
      "scope is a number, and the issuer's dialect reads a list of texts or a text: dialect.scope",
      { scope: 7 },
    ],
    ...[
      ['null', null] as const,
      ['an object', {}] as const,
      ['a list of more than texts', ['a', 7]] as const,
    ].map(([type, scope]): [Make['dialect'], string, Members] => [
      'rfc9068',
      `scope is ${type}, and the issuer's dialect reads a text: dialect.scope`,
      { scope },
    ]),
    ['rfc9068', undefined, { scope: '' }],
    ['rfc9068', undefined, { scp: ['a'] }],
  ])('%s: why there is no scope: %s', (name, why, claims) => {
    expect(misreadScope(claims, dialects[name])).toBe(why)
  })

  it('forgerock: the client is the audience, where that is one', () => {
    const client = (aud: unknown) => clientIdOf({ aud } as JsonObject, dialects.forgerock)
    expect(['tpp-1', ['tpp-1'], ['tpp-1', 'tpp-2'], [7], []].map(client)).toEqual([
      'tpp-1',
      'tpp-1',
      undefined,
      undefined,
      undefined,
    ])
    expect(clientIdOf({ azp: ['tpp-1'] }, dialects.forgerock)).toBeUndefined()
  })

  it('entra: version 1, with its issuer, appid and audience', () => {
    const changes = { azp: undefined, appid: 'ab12', ver: '1.0' }
    expect(judgeAs('entra', changes)).toMatchObject({ clientId: 'ab12' })
  })

  it('entra: the template of its issuers is the name of none', () => {
    const make = MAKES.find(({ dialect }) => dialect === 'entra') as Make
    const trust = { ...trustOf(make), issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }
    const token = signed(make, make.access, { iss: trust.issuer, tid: undefined })
    expect(outcome(verifyAccessToken(presented(token), [trust], new Map(), NOW))).toBe('TOKEN_ISSUER')
  })

  it('entra: the tenant must be that of the issuer', () => {
    expect(outcome(judgeAs('entra', { tid: 'another' }))).toBe('TOKEN_TENANT')
    expect(outcome(judgeAs('entra', { tid: undefined }))).toBe('TOKEN_TENANT')
  })

  it('entra: a key that is for another tenant alone signs for nobody else (RFC 8725 §3.8)', () => {
    const make = MAKES.find(({ dialect }) => dialect === 'entra') as Make
    const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'
    const [key] = verificationKeys(aKey(make.algorithm, 'issuer'))
    const judgeWith = (issuer: string) => {
      const keys = keySource([{ ...key!, issuer }], 'absent')
      const trust = { ...trustOf(make), issuer: template, keys }
      const token = verifyAccessToken(presented(signed(make, make.access)), [trust], new Map(), NOW)
      return 'issuer' in token ? token.issuer : outcome(token)
    }
    expect(judgeWith(template)).toBe(make.issuer)
    expect(judgeWith(make.issuer)).toBe(make.issuer)
    const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad'
    expect(judgeWith(template.replace('{tenantid}', consumers))).toBe('TOKEN_KEY_UNKNOWN')
  })

  it('auth0 and its like: an audience that is the client itself is an ID token', () => {
    expect(outcome(judgeAs('auth0', { aud: ['tpp-1', 'https://api.bank.example'] }))).toBe('TOKEN_KIND')
    expect(outcome(judgeAs('mosaic', { client_id: 'https://api.bank.example' }))).toBe('TOKEN_KIND')
  })

  it('a typ that is missing only where the dialect says so', () => {
    expect(Object.values(dialects).filter((each) => hasAcceptedType(undefined, each))).toEqual([
      dialects.okta,
      dialects.curity,
    ])
    const strict: readonly Dialect[] = [dialects.rfc9068, dialects.authlete]
    expect(Object.values(dialects).filter((each) => !hasAcceptedType('JWT', each))).toEqual(strict)
    expect(Object.values(dialects).filter((each) => hasAcceptedType('application/AT+JWT', each))).toEqual(
      Object.values(dialects).filter((each) => each !== dialects.entra),
    )
  })
})

/** Whether its claims must say what the header does not. */
function hasMarks({ dialect }: Make): boolean {
  return dialect !== 'rfc9068' && dialect !== 'authlete'
}

function signed(make: Make, jwt: Jwt, changes: Members = {}): string {
  const key = aKey(make.algorithm, 'issuer')
  const claims = { ...claimsOf(make, jwt, NOW, THUMBPRINT), ...changes }
  return aJws({ alg: key.alg, kid: key.kid, ...jwt.header }, claims, key)
}

function trustOf(make: Make, dialect: Dialect = dialects[make.dialect]): IssuerTrust {
  return aTrust({
    issuer: make.issuer,
    tenants: make.dialect === 'entra' ? new Map([[make.issuer, make.access.claims['tid'] as string]]) : null,
    dialect,
    audience: new Set([make.audience]),
    algorithms: allow([make.algorithm]),
    keys: keySource(verificationKeys(aKey(make.algorithm, 'issuer'))),
  })
}
