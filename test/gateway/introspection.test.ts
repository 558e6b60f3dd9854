import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { BANK } from '../support/gateway.ts'
import { type IntrospectionEndpoint, startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { aJws, type Members } from '../support/jws.ts'
import { aKey, published } from '../support/keys.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { credentials, issuerKey, nowSeconds, ORIGIN, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

/** Milliseconds that an answer is remembered. */
const KEPT = 3_000

const pki = await pkiFolder()
const server = await startIntrospectionEndpoint()
afterAll(() => server.close())
const asked = (settings: object, more: object = {}) => ({
  ...BANK,
  jwks_file: undefined,
  issuer: server.origin,
  ca: join(pki, 'as-ca.pem'),
  ...more,
  introspection: {
    client_id: 'gateway',
    client_auth: 'client_secret_basic',
    client_secret: 'secret',
    timeout: '4s',
    ...settings,
  },
})
const route = (path: string, issuer: string | string[], more: object = {}) => ({
  path,
  upstream: 'bank',
  require: { issuer, ...more },
})
server.documents.set('/.well-known/openid-configuration', {
  issuer: server.origin,
  introspection_endpoint: `${server.origin}/introspect`,
  jwks_uri: `${server.origin}/jwks`,
})
server.documents.set('/jwks', published(issuerKey()))
const { gateway, upstream, stop } = await startWithUpstream({
  listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') } }],
  issuers: {
    bank: BANK,
    // The same authorization server as a source of JWTs.
    jwts: { ...BANK, jwks_file: undefined, issuer: server.origin, ca: join(pki, 'as-ca.pem') },
    opaque: asked({ cache: `${KEPT}ms`, negative_cache: `${KEPT}ms` }),
    always: asked({ cache: '0ms', negative_cache: '0ms' }),
    signed: asked({ response: 'jwt' }),
  },
  routes: [
    route('/opaque', 'opaque'),
    route('/always', 'always'),
    route('/bearer', 'opaque', { danger_accept_bearer: true }),
    route('/signed', 'signed'),
    route('/mixed', ['bank', 'opaque']),
    route('/same', ['opaque', 'jwts']),
  ],
})
afterAll(stop)

beforeEach(() => {
  server.asked.length = 0
  server.say = () => ({ body: active() })
  upstream.news()
})

const opaque = () => randomBytes(24).toString('base64url')
const get = (path: string, accessToken: string) =>
  gateway.call({ path, fields: credentials(path, { accessToken }) })

describe('an opaque token', () => {
  it('passes with its proof, and the upstream is told who it is', async () => {
    const accessToken = opaque()
    expect((await get('/opaque', accessToken)).status).toBe(200)
    const [seen] = upstream.news()
    expect([
      seen?.all('holdfast-client-id'),
      seen?.all('holdfast-subject'),
      seen?.all('holdfast-scope'),
    ]).toEqual([['tpp-1'], ['customer-7'], ['accounts']])
    expect(server.asked[0]?.form.get('token')).toBe(accessToken)
  })

  it('passes with its certificate', async () => {
    const certificate = await clientCertificate('client-1')
    server.say = () => ({ body: active({ token_type: 'Bearer', cnf: { 'x5t#S256': x5tOf(certificate) } }) })
    const accessToken = opaque()
    const fields = ['authorization', `Bearer ${accessToken}`]
    expect((await gateway.call({ path: '/opaque', fields, certificate })).status).toBe(200)
    expect((await gateway.call({ path: '/opaque', fields })).code).toBe('MTLS_ABSENT')
  })

  it('whose server says nothing of a subject is nobody, rather than somebody without a name', async () => {
    server.say = () => ({ body: { active: true, cnf: active()['cnf'] } })
    expect((await get('/opaque', opaque())).status).toBe(200)
    const [seen] = upstream.news()
    for (const name of ['client-id', 'subject', 'grant']) expect(seen?.all(`holdfast-${name}`)).toEqual([])
  })

  it.each<[string, number, Members]>([
    ['TOKEN_INACTIVE', 401, { active: false }],
    ['TOKEN_INACTIVE', 401, { active: 'true' }],
    ['TOKEN_UNBOUND', 401, { cnf: undefined, token_type: undefined }],
    ['TOKEN_BINDING', 401, { token_type: 'Bearer' }],
    ['TOKEN_BINDING', 401, { cnf: undefined }],
    ['TOKEN_KIND', 401, { token_use: 'refresh_token' }],
    ['TOKEN_AUDIENCE', 401, { aud: 'https://other.example' }],
    ['TOKEN_ISSUER', 401, { iss: 'https://other.example' }],
    ['TOKEN_EXPIRED', 401, { exp: 1 }],
    ['DPOP_JKT', 401, { cnf: { jkt: aKey('ES256', 'thief').jkt } }],
  ])('is refused with %s (%i): %j', async (code, status, changes) => {
    server.say = () => ({ body: active(changes) })
    const answer = await get('/opaque', opaque())
    expect([answer.status, answer.code]).toEqual([status, code])
    expect(answer.all('www-authenticate')[0]).toContain('error="invalid_token"')
    expect(upstream.news()).toEqual([])
  })

  it('of the type DPoP is no bearer token where those are welcome, though its key is not told (RFC 9449 §7.2)', async () => {
    const codeAs = async (kind: string | undefined) => {
      server.say = () => ({ body: active({ token_type: kind, cnf: undefined }) })
      return (await gateway.call({ path: '/bearer', fields: ['authorization', `Bearer ${opaque()}`] })).code
    }
    expect([await codeAs('DPoP'), await codeAs('Bearer'), await codeAs(undefined)]).toEqual([
      'TOKEN_BINDING',
      undefined,
      undefined,
    ])
  })

  it('TOKEN_TOO_SHORT: one that could be guessed is not even asked about', async () => {
    const answer = await get('/opaque', 'x'.repeat(21))
    expect([answer.status, answer.code, server.asked.length]).toEqual([401, 'TOKEN_TOO_SHORT', 0])
  })
})

describe('whose token it is', () => {
  it('is said by the token: JWTs of one issuer, opaque ones of the other, on one route', async () => {
    expect((await get('/mixed', token())).status).toBe(200)
    expect(server.asked).toEqual([])
    expect((await get('/mixed', opaque())).status).toBe(200)
    expect(server.asked).toHaveLength(1)
    expect((await get('/mixed', token({ claims: { iss: 'https://other.example' } }))).code).toBe(
      'TOKEN_ISSUER',
    )
    expect((await get('/mixed', `${token().slice(0, -4)}AAAA`)).code).toBe('TOKEN_SIGNATURE')
    expect(server.asked).toHaveLength(1)
  })

  it('one issuer may do both: its JWTs are verified here, the rest is asked about', async () => {
    expect((await get('/same', token({ claims: { iss: server.origin } }))).status).toBe(200)
    expect(server.asked).toEqual([])
    expect((await get('/same', opaque())).status).toBe(200)
    expect(server.asked).toHaveLength(1)
  })

  it('a JWT of an issuer that is only asked is asked about', async () => {
    const jwt = token({ claims: { iss: server.origin } })
    expect((await get('/opaque', jwt)).status).toBe(200)
    expect(server.asked.map(({ form }) => form.get('token'))).toEqual([jwt])
  })
})

describe('what is remembered', () => {
  it('an answer, for as long as the configuration says', async () => {
    const accessToken = opaque()
    const began = performance.now()
    for (const _ of [1, 2, 3]) expect((await get('/opaque', accessToken)).status).toBe(200)
    const asked = server.asked.length
    expect(asked).toBeLessThanOrEqual(timesBy(began))
    server.say = () => ({ body: { active: false } })
    await wait(KEPT + 50)
    expect((await get('/opaque', accessToken)).code).toBe('TOKEN_INACTIVE')
    expect(server.asked).toHaveLength(asked + 1)
  })

  it('never past exp', async () => {
    const exp = nowSeconds() + 1
    server.say = () => ({ body: active({ exp }) })
    const accessToken = opaque()
    await get('/opaque', accessToken)
    await wait(Math.max(0, exp * 1000 - Date.now()) + 20)
    expect((await get('/opaque', accessToken)).code).toBe('TOKEN_EXPIRED')
    expect(server.asked.length).toBeGreaterThan(1)
  })

  it('that a token is not active, shortly', async () => {
    server.say = () => ({ body: { active: false } })
    const accessToken = opaque()
    const began = performance.now()
    for (const _ of [1, 2]) expect((await get('/opaque', accessToken)).code).toBe('TOKEN_INACTIVE')
    expect(server.asked.length).toBeLessThanOrEqual(timesBy(began))
  })

  it('nothing, with cache: 0ms: a token revoked is refused at the next request', async () => {
    const accessToken = opaque()
    expect((await get('/always', accessToken)).status).toBe(200)
    expect((await get('/always', accessToken)).status).toBe(200)
    server.say = () => ({ body: { active: false } })
    expect((await get('/always', accessToken)).code).toBe('TOKEN_INACTIVE')
    expect(server.asked).toHaveLength(3)
  })

  it('by another entry of the configuration, never', async () => {
    const accessToken = opaque()
    await get('/opaque', accessToken)
    await get('/always', accessToken)
    expect(server.asked).toHaveLength(2)
  })

  it('50 requests that wait for one token share one question', async () => {
    server.say = async () => {
      await wait(300)
      return { body: active() }
    }
    const accessToken = opaque()
    const answers = await Promise.all(Array.from({ length: 50 }, () => get('/opaque', accessToken)))
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(server.asked).toHaveLength(1)
  })
})

describe('TOKEN_INTROSPECTION_UNAVAILABLE', () => {
  it.each<[string, IntrospectionEndpoint['say']]>([
    ['our credentials refused', () => ({ status: 401, body: { error: 'invalid_client' } })],
    ['an answer that is none', () => ({ type: 'text/html', body: '<html>' })],
    ['no answer in time', () => ({ body: undefined })],
  ])('%s is 503 with Retry-After, never 401', async (_, say) => {
    server.say = say
    const answer = await get('/opaque', opaque())
    expect([answer.status, answer.code]).toEqual([503, 'TOKEN_INTROSPECTION_UNAVAILABLE'])
    expect([answer.all('retry-after'), answer.all('www-authenticate')]).toEqual([['5'], []])
    expect(upstream.news()).toEqual([])
    const line = await gateway.line(({ msg }) => msg === 'token not introspected')
    expect(JSON.stringify(line)).not.toContain('secret')
    // One that is good ends the outage.
    server.say = () => ({ body: active() })
    expect((await get('/opaque', opaque())).status).toBe(200)
  })

  it('what is remembered serves on', async () => {
    const accessToken = opaque()
    await get('/opaque', accessToken)
    server.say = () => ({ status: 500, body: '' })
    expect((await get('/opaque', opaque())).status).toBe(503)
    expect((await get('/opaque', accessToken)).status).toBe(200)
    server.say = () => ({ body: active() })
    expect((await get('/opaque', opaque())).status).toBe(200)
  })

  it('JSON where a signed answer is due', async () => {
    expect((await get('/signed', opaque())).code).toBe('TOKEN_INTROSPECTION_UNAVAILABLE')
  })

  it('and not where it is signed', async () => {
    const sign = (changes: Members) =>
      aJws(
        { typ: 'token-introspection+jwt', alg: 'ES256', kid: issuerKey().kid },
        { iss: server.origin, aud: 'gateway', iat: nowSeconds(), token_introspection: active(), ...changes },
        issuerKey(),
      )
    const type = 'application/token-introspection+jwt'
    server.say = ({ headers }) => (headers.accept === type ? { type, body: sign({}) } : { body: active() })
    expect((await get('/signed', opaque())).status).toBe(200)
    server.say = () => ({ type, body: sign({ aud: 'another' }) })
    expect((await get('/signed', opaque())).code).toBe('TOKEN_INTROSPECTION_UNAVAILABLE')
  })

  it('is counted', async () => {
    const text = await gateway.metrics()
    expect(text).toMatch(/holdfast_introspections_total\{issuer="opaque",outcome="active"\} \d+/)
    expect(text).toMatch(/holdfast_introspections_total\{issuer="opaque",outcome="inactive"\} \d+/)
    expect(text).toMatch(/holdfast_introspections_total\{issuer="opaque",outcome="failed"\} \d+/)
  })
})

/** What the server says of a good token, but for the changes. */
function active(changes: Members = {}): Members {
  return {
    active: true,
    iss: server.origin,
    aud: ORIGIN,
    sub: 'customer-7',
    client_id: 'tpp-1',
    jti: randomUUID(),
    iat: nowSeconds() - 5,
    exp: nowSeconds() + 600,
    scope: 'accounts',
    token_type: 'DPoP',
    cnf: { jkt: aKey('ES256', 'client').jkt },
    ...changes,
  }
}

/** How often one that is remembered may have been asked for since, by `performance.now()`. */
const timesBy = (began: number) => 1 + Math.floor((performance.now() - began) / KEPT)
