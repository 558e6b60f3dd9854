import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { httpsDoor } from '../../../src/services/http/door.ts'
import { jsonFetcher } from '../../../src/services/http/json.ts'
import { Outage } from '../../../src/services/http/questions.ts'
import {
  assertionAlgorithm,
  authenticator,
  type ClientIdentity,
} from '../../../src/services/introspection/authentication.ts'
import { discoverEndpoint } from '../../../src/services/introspection/endpoint.ts'
import { type QuestionOptions, question } from '../../../src/services/introspection/question.ts'
import {
  type IntrospectionEndpoint,
  startIntrospectionEndpoint,
} from '../../support/introspection-endpoint.ts'
import { aKey } from '../../support/keys.ts'
import { FAPI, keySource } from '../../support/token.ts'
import { clientCertificate, pkiFolder } from '../../support/wire-pki.ts'

const ISSUER = 'https://as.bank.example'
let ca: string
let server: IntrospectionEndpoint

beforeAll(async () => {
  ca = readFileSync(join(await pkiFolder(), 'as-ca.pem'), 'utf8')
  server = await startIntrospectionEndpoint()
})
afterAll(() => server.close())
beforeEach(() => {
  server.asked.length = 0
  server.say = () => ({ body: { active: true } })
})

const identity = (changes: Partial<ClientIdentity>): ClientIdentity => ({
  method: 'client_secret_basic',
  clientId: 'gate way',
  secret: 'a:b%c+é',
  privateKey: null,
  keyId: null,
  ...changes,
})

const ask = (options: Partial<QuestionOptions> & { identity?: ClientIdentity } = {}) =>
  question({
    send: httpsDoor({ ca, within: 20_000, largest: 1_000 }),
    endpoint: async () => `${server.origin}/introspect`,
    authenticate: authenticator(options.identity ?? identity({}), ISSUER),
    kind: 'json',
    rules: {
      issuer: ISSUER,
      algorithms: FAPI,
      keys: keySource([]),
      recipients: new Set(['gateway']),
      keeps: true,
      now: () => 0,
    },
    within: 20_000,
    ...options,
  })('a-token/with+signs=')

describe('a question (RFC 7662 §2.1)', () => {
  it('is a POST with the token in its body alone', async () => {
    expect(await ask()).toEqual({ members: { active: true }, signed: null })
    const { form, headers } = server.asked[0]!
    expect([...form]).toEqual([
      ['token', 'a-token/with+signs='],
      ['token_type_hint', 'access_token'],
    ])
    expect(headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    })
  })

  it('client_secret_basic: both parts form-encoded before they are joined (RFC 6749 §2.3.1)', async () => {
    await ask()
    const [scheme, credentials] = server.asked[0]!.headers.authorization!.split(' ')
    expect(scheme).toBe('Basic')
    expect(Buffer.from(credentials!, 'base64').toString()).toBe('gate+way:a%3Ab%25c%2B%C3%A9')
  })

  it('client_secret_post', async () => {
    await ask({ identity: identity({ method: 'client_secret_post' }) })
    const { form, headers } = server.asked[0]!
    expect([form.get('client_id'), form.get('client_secret')]).toEqual(['gate way', 'a:b%c+é'])
    expect(headers.authorization).toBeUndefined()
  })

  it.each(['ES256', 'PS256', 'EdDSA'] as const)('private_key_jwt with %s', async (alg) => {
    const { privateKey } = aKey(alg)
    const method = 'private_key_jwt'
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const asking = () => ask({ identity: identity({ method, privateKey: pem, keyId: 'k1' }) })
    await asking()
    await asking()
    const assertions = server.asked.map(({ form }) => form.get('client_assertion')!)
    expect(server.asked[0]!.form.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    )
    const { payload, protectedHeader } = await jwtVerify(assertions[0]!, createPublicKey(privateKey))
    expect(protectedHeader).toEqual({ alg, kid: 'k1' })
    expect(payload).toMatchObject({ iss: 'gate way', sub: 'gate way', aud: ISSUER })
    expect(payload.exp! - payload.iat!).toBe(60)
    const second = await jwtVerify(assertions[1]!, createPublicKey(privateKey))
    expect(second.payload.jti).not.toBe(payload.jti)
  })

  it.each(['tls_client_auth', 'self_signed_tls_client_auth'] as const)('%s', async (method) => {
    const { cert: certificate, key: privateKey } = await clientCertificate('client-1')
    const send = httpsDoor({ ca, certificate, privateKey, within: 20_000, largest: 1_000 })
    await ask({ send, identity: identity({ method }) })
    const { form, headers, certificate: shown } = server.asked[0]!
    expect([form.get('client_id'), headers.authorization, shown]).toEqual(['gate way', undefined, 'client-1'])
  })

  it('keys that FAPI does not know sign no assertion', () => {
    const key = (name: string) => generateKeyPairSync('ec', { namedCurve: name }).privateKey
    expect(assertionAlgorithm(key('P-384'))).toBeUndefined()
    expect(assertionAlgorithm(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)).toBeUndefined()
    expect(assertionAlgorithm(generateKeyPairSync('ed448').privateKey)).toBeUndefined()
  })
})

describe('what is no answer', () => {
  it.each<[string, Parameters<typeof say>, string | RegExp, boolean]>([
    ['our credentials refused', [401, { error: 'invalid_client' }], 'answered 401 (invalid_client)', true],
    ['the same with 400', [400, { error: 'invalid_client' }], 'answered 400 (invalid_client)', true],
    ['not allowed', [403, ''], 'answered 403', true],
    ['too many', [429, ''], 'answered 429', true],
    ['no opaque token, with 401', [401, { error: 'unsupported_token_type' }], 'answered 401', true],
    ['a word that is long', [400, { error: 'x'.repeat(61) }], /answered 400$/, false],
    ['words of two lines', [503, { error: 'x\ny' }], /answered 503$/, true],
    ['a failure', [503, ''], 'answered 503', true],
    ['a redirect', [302, ''], 'answered 302', true],
    ['a question that it does not take', [400, { error: 'invalid_request' }], 'answered 400', false],
    ['no JSON', [200, 'active'], 'no JSON object', false],
    ['a list', [200, '[true]'], 'no JSON object', false],
    ['active, and active again', [200, '{"active":false,"active":true}'], 'no JSON object', false],
    ['a page', [200, { active: true }, 'text/html'], 'is text/html, not application/json', false],
    ['too long', [200, { active: true, x: 'x'.repeat(1_000) }], 'gave no answer', true],
  ])('%s', async (_, given, says, isOutage) => {
    say(...given)
    const failed = await ask().catch((problem: unknown) => problem)
    expect((failed as Error).message).toMatch(says)
    expect(failed instanceof Outage).toBe(isOutage)
    expect((failed as Error).message).not.toContain('a-token')
  })

  it('a token that is none of the opaque ones of the server is not active', async () => {
    say(400, { error: 'unsupported_token_type' })
    expect((await ask()).members).toEqual({ active: false })
  })

  it('silence, after the deadline', async () => {
    server.say = () => ({ body: undefined })
    await expect(ask({ within: 200 })).rejects.toThrow('no answer within 200 ms')
  })

  it('a server that nobody vouches for', async () => {
    const send = httpsDoor({ within: 20_000, largest: 1_000 })
    // One of its own: a question that was given up before may still arrive at the other.
    const stranger = await startIntrospectionEndpoint()
    try {
      const endpoint = async () => `${stranger.origin}/introspect`
      await expect(ask({ send, endpoint })).rejects.toBeInstanceOf(Outage)
      expect(stranger.asked).toEqual([])
    } finally {
      await stranger.close()
    }
  })

  it('an endpoint without TLS', async () => {
    await expect(ask({ endpoint: async () => 'http://127.0.0.1:1/' })).rejects.toThrow('is not an https URL')
  })

  function say(status: number, body: object | string, type = 'application/json'): void {
    server.say = () => ({ status, type, body: body as string })
  }
})

describe('the endpoint', () => {
  const metadata = () => ({
    issuer: server.origin,
    introspection_endpoint: `${server.origin}/introspect`,
    mtls_endpoint_aliases: { introspection_endpoint: `${server.origin}/mtls/introspect` },
  })
  const discover = (byCertificate: boolean) => discoverEndpoint(server.origin, byCertificate, jsonFetcher(ca))
  const publish = (document: object) =>
    server.documents.set('/.well-known/oauth-authorization-server', document as never)

  it('is the one that the metadata names, and the alias for clients with a certificate (RFC 8705 §5)', async () => {
    publish(metadata())
    expect(await discover(false)).toBe(`${server.origin}/introspect`)
    expect(await discover(true)).toBe(`${server.origin}/mtls/introspect`)
    publish({ ...metadata(), mtls_endpoint_aliases: {} })
    expect(await discover(true)).toBe(`${server.origin}/introspect`)
  })

  it.each<[string, object]>([
    ['names another issuer', { issuer: 'https://other.example' }],
    ['has no endpoint', { introspection_endpoint: undefined }],
    ['has one without TLS', { introspection_endpoint: 'http://localhost/introspect' }],
  ])('is not taken from metadata that %s', async (_, changes) => {
    publish({ ...metadata(), ...changes })
    await expect(discover(false)).rejects.toThrow()
  })

  it('is looked for once, and again after an outage', async () => {
    let found = 0
    const asking = question({
      send: httpsDoor({ ca, within: 20_000, largest: 1_000 }),
      endpoint: async () => {
        found++
        return `${server.origin}/introspect`
      },
      authenticate: async () => {
        if (found === 1 && server.asked.length === 2) throw new Error('away')
        return { fields: {}, form: {} }
      },
      kind: 'json',
      rules: {} as never,
      within: 20_000,
    })
    await asking('t')
    await asking('t')
    expect(found).toBe(1)
    await expect(asking('t')).rejects.toBeInstanceOf(Outage)
    await asking('t')
    expect(found).toBe(2)
  })

  it('is looked for again where what answers there is no longer one', async () => {
    let path = '/gone'
    const asking = question({
      send: httpsDoor({ ca, within: 20_000, largest: 1_000 }),
      endpoint: async () => `${server.origin}${path}`,
      authenticate: async () => ({ fields: {}, form: {} }),
      kind: 'json',
      rules: {} as never,
      within: 20_000,
    })
    await expect(asking('t')).rejects.toThrow('answered 404')
    path = '/introspect'
    expect((await asking('t')).members).toEqual({ active: true })
  })
})
