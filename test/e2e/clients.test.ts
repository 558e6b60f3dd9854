import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { exportJWK, generateKeyPair } from 'jose'
import * as oauth from 'oauth4webapi'
import { randomDPoPKeyPair } from 'openid-client'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../deploy/demo/quiet.ts'
import { startAuthorizationServer } from '../../deploy/demo/authorization-server.ts'
import { readSettings } from '../../deploy/demo/settings.ts'
import { openDpopTpp, openMtlsTpp, type Tpp } from '../../deploy/demo/tpp.ts'
import { freePorts } from '../demo/free-ports.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/**
 * oidc-provider issues each kind of token; openid-client and oauth4webapi use it, as they are, at a gateway that asks for
 * nonces. What the gateway refused on the way is in its log, so that a retry too many would be seen.
 */
const settings = { ...readSettings(await freePorts()), certs: await pkiFolder() }
const pki = (name: string) => join(settings.certs, name)
const KINDS = { JWT: settings.api, opaque: `${settings.api}/cards` } as const
const ROUTES = { JWT: ['jwt'], opaque: ['json', 'signed'] } as const

const parts = new AsyncDisposableStack()
const dpopKey = await randomDPoPKeyPair('ES256', { extractable: true })
let gateway: TestGateway
let upstream: RecordingUpstream
let dpop: Tpp
let mtls: Tpp

beforeAll(async () => {
  const clientKey = await generateKeyPair('ES256', { extractable: true })
  const server = await startAuthorizationServer({
    port: settings.authorizationServer,
    issuer: settings.issuer,
    certs: settings.certs,
    audience: settings.api,
    clientKey: await exportJWK(clientKey.publicKey),
  })
  parts.defer(server.close)
  dpop = parts.adopt(await openDpopTpp(settings, clientKey.privateKey, dpopKey), (tpp) => tpp.close())
  mtls = parts.adopt(await openMtlsTpp(settings), (tpp) => tpp.close())
  upstream = await startUpstream()
  parts.defer(upstream.close)
  gateway = await startGateway(configuration())
  parts.defer(() => gateway.stop())
})
afterAll(() => parts.disposeAsync())

describe.each(['JWT', 'opaque'] as const)('%s access tokens', (kind) => {
  it.each(ROUTES[kind])('bound to a key: openid-client gets through the nonce dance (/%s)', async (route) => {
    const token = await dpop.authorize('accounts', KINDS[kind])
    const url = `${settings.api}/${route}`
    for (let call = 0; call < 2; call++) expect((await dpop.call(token, 'GET', url)).status).toBe(200)
    expect((await refusals(token)).length).toBeLessThanOrEqual(1)
    expect(caller()).toEqual(['tpp-dpop'])
  })

  it.each(ROUTES[kind])('bound to a key: oauth4webapi gets through on its one retry (/%s)', async (route) => {
    const token = await dpop.authorize('accounts', KINDS[kind])
    const handle = oauth.DPoP({ client_id: 'tpp-dpop' } as oauth.Client, dpopKey)
    const call = () => ask(token, route, new Agent({ connect: { ca: trusted() } }), handle)
    const refused = await call().catch((problem: unknown) => problem)
    expect(oauth.isDPoPNonceError(refused)).toBe(true)
    for (let again = 0; again < 2; again++) expect((await call()).status).toBe(200)
    expect(await refusals(token)).toEqual(['DPOP_NONCE'])
    expect(caller()).toEqual(['tpp-dpop'])
  })

  it.each(ROUTES[kind])('bound to a certificate: both clients present it, once (/%s)', async (route) => {
    const token = await mtls.authorize('accounts', KINDS[kind])
    const identity = { cert: readFileSync(pki('client-1.pem')), key: readFileSync(pki('client-1-key.pem')) }
    expect((await mtls.call(token, 'GET', `${settings.api}/${route}`)).status).toBe(200)
    const agent = new Agent({ connect: { ca: trusted(), ...identity } })
    expect((await ask(token, route, agent)).status).toBe(200)
    expect(await refusals(token)).toEqual([])
    expect(caller()).toEqual(['tpp-mtls'])
  })
})

/** A request of oauth4webapi's, on connections of its own. */
function ask(token: string, route: string, agent: Agent, handle?: oauth.DPoPHandle): Promise<Response> {
  return oauth.protectedResourceRequest(token, 'GET', new URL(`${settings.api}/${route}`), undefined, null, {
    ...(handle === undefined ? {} : { DPoP: handle }),
    [oauth.customFetch]: (url: string, options: object) =>
      fetch(url, { ...options, dispatcher: agent }) as unknown as Promise<Response>,
  })
}

/** The codes of the refusals that this token met; two requests with it are known to have been admitted. */
async function refusals(token: string): Promise<unknown[]> {
  const mark = hash('sha256', token, 'base64url')
  const lines = () => gateway.lines().filter((line) => line['token'] === mark)
  const admitted = () => lines().filter((line) => line['verdict'] === 'admitted').length
  while (admitted() < 2) await wait(20)
  return lines().flatMap((line) => (line['verdict'] === 'admitted' ? [] : [line['code']]))
}

function caller(): string[] | undefined {
  return upstream.news().at(-1)?.all('holdfast-client-id')
}

function configuration() {
  const issuer = { issuer: settings.issuer, audience: settings.api, ca: pki('as-ca.pem') }
  const introspection = {
    client_id: 'gateway',
    client_auth: 'client_secret_basic',
    client_secret_file: pki('introspection.secret'),
  }
  const names = ['jwt', 'json', 'signed']
  return {
    listeners: [
      {
        bind: `127.0.0.1:${settings.gateway.number}`,
        public_origin: settings.api,
        tls: { client_certificate: 'optional', client_ca: pki('client-ca.pem') },
      },
    ],
    issuers: {
      jwt: issuer,
      json: { ...issuer, introspection },
      signed: { ...issuer, introspection: { ...introspection, response: 'jwt' } },
    },
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: names.map((name) => ({
      path: `/${name}`,
      upstream: 'bank',
      require: { issuer: name, scope: 'accounts', dpop: { nonce: 'required' } },
    })),
  }
}

function trusted(): Buffer {
  return readFileSync(pki('server-ca.pem'))
}
