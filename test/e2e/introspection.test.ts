import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { randomDPoPKeyPair } from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../deploy/demo/quiet.ts'
import { startAuthorizationServer } from '../../deploy/demo/authorization-server.ts'
import { readSettings } from '../../deploy/demo/settings.ts'
import { openDpopTpp, openMtlsTpp, type Tpp } from '../../deploy/demo/tpp.ts'
import { send } from '../../deploy/demo/wire.ts'
import { freePorts } from '../demo/free-ports.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { pkiFolder, selfSigned } from '../support/wire-pki.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** oidc-provider issues and answers, openid-client calls, and the gateway between them is the real process. */
const settings = { ...readSettings(await freePorts()), certs: await pkiFolder() }
const folder = mkdtempSync(join(tmpdir(), 'holdfast-introspection-'))
const pki = (name: string) => join(settings.certs, name)
const METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

const parts = new AsyncDisposableStack()
let gateway: TestGateway
let upstream: RecordingUpstream
let dpop: Tpp
let mtls: Tpp

beforeAll(async () => {
  const clientKey = await generateKeyPair('ES256', { extractable: true })
  const own = await selfSigned()
  writeFileSync(join(folder, 'own.pem'), own.cert)
  writeFileSync(join(folder, 'own-key.pem'), own.key)
  const server = await startAuthorizationServer({
    port: settings.authorizationServer,
    issuer: settings.issuer,
    certs: settings.certs,
    audience: settings.api,
    clientKey: await exportJWK(clientKey.publicKey),
    askers: [
      {
        client_id: 'client_secret_post',
        token_endpoint_auth_method: 'client_secret_post',
        client_secret: SECRET,
      },
      {
        client_id: 'private_key_jwt',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: JSON.parse(readFileSync(pki('client-1.jwks.json'), 'utf8')),
      },
      {
        client_id: 'tls_client_auth',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=client-2',
      },
      {
        client_id: 'self_signed_tls_client_auth',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: { keys: [certificateJwk(own.cert)] },
      },
    ],
  })
  parts.defer(server.close)
  dpop = parts.adopt(
    await openDpopTpp(settings, clientKey.privateKey, await randomDPoPKeyPair('ES256')),
    (tpp) => tpp.close(),
  )
  mtls = parts.adopt(await openMtlsTpp(settings), (tpp) => tpp.close())
  upstream = await startUpstream()
  parts.defer(upstream.close)
  gateway = await startGateway(configuration())
  parts.defer(() => gateway.stop())
})
afterAll(async () => {
  await parts.disposeAsync()
  rmSync(folder, { recursive: true })
})

const cards = `${settings.api}/cards`

describe('opaque tokens of oidc-provider', () => {
  it.each(METHODS)('are asked about by %s', async (method) => {
    const token = await dpop.authorize('accounts', cards)
    expect(token).not.toContain('.')
    const answer = await dpop.call(token, 'GET', `${settings.api}/${method}`)
    expect(answer.status).toBe(200)
    const [seen] = upstream.news()
    expect([
      seen?.all('holdfast-subject'),
      seen?.all('holdfast-client-id'),
      seen?.all('holdfast-scope'),
    ]).toEqual([['alice'], ['tpp-dpop'], ['accounts']])
  })

  it('are accepted from the certificate that they are bound to, and from nobody else', async () => {
    const token = await mtls.authorize('accounts', cards)
    expect((await mtls.call(token, 'GET', `${settings.api}/private_key_jwt`)).status).toBe(200)
    const thief = await gateway.call({
      path: '/private_key_jwt',
      fields: ['host', new URL(settings.api).host, 'authorization', `Bearer ${token}`],
    })
    expect(thief.code).toBe('MTLS_ABSENT')
  })

  it('are asked about by signed answers (RFC 9701)', async () => {
    const token = await dpop.authorize('accounts', cards)
    expect((await dpop.call(token, 'GET', `${settings.api}/signed`)).status).toBe(200)
    const unknown = await dpop.call('x'.repeat(43), 'GET', `${settings.api}/signed`).catch(statusOf)
    expect(unknown).toBe(401)
  })

  it('and its JWTs go the same route, each in its way', async () => {
    for (const resource of [settings.api, cards]) {
      const token = await dpop.authorize('accounts', resource)
      expect((await dpop.call(token, 'GET', `${settings.api}/mixed`)).status).toBe(200)
    }
  })

  it('that are revoked are refused at the next request, where nothing is remembered', async () => {
    const token = await dpop.authorize('accounts', cards)
    expect((await dpop.call(token, 'GET', `${settings.api}/client_secret_basic`)).status).toBe(200)
    await revoke(token)
    expect(await dpop.call(token, 'GET', `${settings.api}/client_secret_basic`).catch(statusOf)).toBe(401)
  })

  it('are remembered where that is allowed, and how often is counted; a JWT on the same route, once a request', async () => {
    const counts = async (cache: string) => {
      const text = await gateway.metrics()
      return ['hits', 'misses'].map((which) =>
        Number(
          new RegExp(`^holdfast_cache_${which}_total\\{cache="${cache}"\\} (\\d+)$`, 'm').exec(text)?.[1],
        ),
      )
    }
    const three = async (token: string) => {
      for (let at = 0; at < 3; at++)
        expect((await dpop.call(token, 'GET', `${settings.api}/remembered`)).status).toBe(200)
    }
    expect(await counts('introspected_tokens')).toEqual([0, 0])
    await three(await dpop.authorize('accounts', cards))
    expect(await counts('introspected_tokens')).toEqual([2, 1])
    const [hits, misses] = (await counts('tokens')) as [number, number]
    await three(await dpop.authorize('accounts', settings.api))
    expect(await counts('tokens')).toEqual([hits + 2, misses + 1])
  })

  it('of a server that does not know the gateway cannot be judged: 503, not 401', async () => {
    const token = await dpop.authorize('accounts', cards)
    const answer = await dpop.call(token, 'GET', `${settings.api}/stranger`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'TOKEN_INTROSPECTION_UNAVAILABLE' })
  })
})

function configuration() {
  const issuer = { issuer: settings.issuer, audience: settings.api, ca: pki('as-ca.pem') }
  const asked = (introspection: object) => ({ ...issuer, introspection: { cache: '0ms', ...introspection } })
  const basic = {
    client_id: 'gateway',
    client_auth: 'client_secret_basic',
    client_secret_file: pki('introspection.secret'),
  }
  const keys: Record<(typeof METHODS)[number], object> = {
    client_secret_basic: basic,
    client_secret_post: { client_secret: SECRET },
    private_key_jwt: { private_key: pki('client-1-signing-key.pem') },
    tls_client_auth: { certificate: pki('client-2.pem'), private_key: pki('client-2-key.pem') },
    self_signed_tls_client_auth: {
      certificate: join(folder, 'own.pem'),
      private_key: join(folder, 'own-key.pem'),
    },
  }
  const route = (name: string, from: string | string[] = name) => ({
    path: `/${name}`,
    upstream: 'bank',
    require: { issuer: from, scope: 'accounts' },
  })
  return {
    listeners: [
      {
        bind: `127.0.0.1:${settings.gateway.number}`,
        public_origin: settings.api,
        tls: { client_certificate: 'optional', client_ca: pki('client-ca.pem') },
      },
    ],
    issuers: {
      jwts: issuer,
      signed: asked({ ...basic, response: 'jwt' }),
      remembered: asked({ ...basic, cache: '60s' }),
      stranger: asked({ ...basic, client_id: 'stranger' }),
      ...Object.fromEntries(
        METHODS.map((method) => [method, asked({ client_id: method, client_auth: method, ...keys[method] })]),
      ),
    },
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [
      ...METHODS.map((method) => route(method)),
      route('signed'),
      route('remembered', ['jwts', 'remembered']),
      route('stranger'),
      route('mixed', ['jwts', 'client_secret_basic']),
    ],
  }
}

async function revoke(token: string): Promise<void> {
  const secret = readFileSync(pki('introspection.secret'), 'utf8').trim()
  const answer = await send(
    { port: settings.authorizationServer.number, ca: readFileSync(pki('as-ca.pem'), 'utf8') },
    {
      method: 'POST',
      path: '/token/revocation',
      fields: ['Authorization', `Basic ${Buffer.from(`gateway:${secret}`).toString('base64')}`],
      type: 'application/x-www-form-urlencoded',
      body: `token=${token}`,
    },
  )
  expect(answer.status).toBe(200)
}

/** The key of a certificate, with the certificate (RFC 8705 §2.2.2). */
function certificateJwk(pem: string): object {
  const { publicKey, raw } = new X509Certificate(pem)
  return { ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', x5c: [raw.toString('base64')] }
}

/** openid-client throws where the answer has a challenge. */
function statusOf(problem: unknown): number {
  return (problem as { status: number }).status
}

const SECRET = 'a-secret-of-the-tests-that-is-long-enough'
