import { readFileSync } from 'node:fs'
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileResource, listenerRules } from '../../../src/index.ts'
import { published } from '../../support/keys.ts'
import { call } from '../../support/wire-client.ts'
import { clientCertificate, pkiFolder } from '../../support/wire-pki.ts'
import {
  bearerOf,
  credentials,
  issuerKey,
  nowSeconds,
  ORIGIN,
  proof,
  token,
} from '../../support/wire-tokens.ts'
import { expressApp } from './express.ts'
import { fastifyServer } from './fastify.ts'
import { type Guard, keysFrom, memoryLedger } from './guard.ts'
import { honoApp } from './hono.ts'

interface Running {
  readonly port: number
  close(): unknown
}

/** Each opens a server of its framework over TLS, and asks for client certificates. */
const FRAMEWORKS: Record<
  string,
  (guard: Guard, tls: Awaited<ReturnType<typeof tlsOptions>>) => Promise<Running>
> = {
  express: async (guard, tls) => listening(createHttps(tls, expressApp(guard))),
  fastify: async (guard, tls) => {
    const server = fastifyServer(guard, tls)
    await server.listen({ port: 0, host: '127.0.0.1' })
    return { port: (server.server.address() as AddressInfo).port, close: () => server.close() }
  },
  hono: (guard, tls) =>
    new Promise((resolve) => {
      const options = { fetch: honoApp(guard).fetch, port: 0, hostname: '127.0.0.1' }
      const server = serve({ ...options, createServer: createHttps, serverOptions: tls }, ({ port }) =>
        resolve({ port, close: () => server.close() }),
      )
    }),
}

describe.each(Object.keys(FRAMEWORKS))('decide() in a server of %s', (name) => {
  let jwks: Running
  let server: Running
  let fetches = 0

  beforeAll(async () => {
    jwks = await listening(
      createHttp((_, response) => {
        fetches++
        response.end(JSON.stringify(published(issuerKey())))
      }),
    )
    server = await open(nowSeconds() - 3600)
  })
  afterAll(async () => {
    await server.close()
    await jwks.close()
  })

  async function open(since: number): Promise<Running> {
    const keys = keysFrom(`http://127.0.0.1:${jwks.port}/`)
    const guard: Guard = {
      snapshot: compileResource({
        issuers: [{ issuer: 'https://as.bank.example', audience: [ORIGIN], keys }],
        routes: [{ path: '/accounts', scope: ['accounts'] }],
        since,
        nonceSecrets: ['a secret of at least thirty-two characters'],
      }),
      rules: listenerRules([ORIGIN]),
      ledger: memoryLedger(400, 10_000),
    }
    return FRAMEWORKS[name]!(guard, await tlsOptions())
  }

  const send = (fields: readonly string[], more: object = {}) =>
    call({ port: server.port, path: '/accounts', fields, ...more })

  it('a token and its proof pass, once; the keys are fetched when they are needed', async () => {
    const fields = credentials()
    const first = await send(fields)
    expect([first.status, JSON.parse(first.body)]).toEqual([200, { subject: 'customer-7' }])
    const second = await send(fields)
    expect([second.status, second.code]).toEqual([401, 'DPOP_REPLAYED'])
    expect(fetches).toBe(1)
  })

  it('a stolen token, another scope, another path and no token at all are refused with challenges', async () => {
    const none = await send([])
    expect([none.status, none.code]).toEqual([401, 'TOKEN_ABSENT'])
    // Two fields, or one with a list of two: the same to HTTP (RFC 9110 §5.3).
    expect(none.all('www-authenticate').join(', ')).toMatch(/^DPoP .*, Bearer realm=/)
    expect((await send(['authorization', `Bearer ${token()}`])).code).toBe('TOKEN_SCHEME')
    const accessToken = token({ claims: { scope: 'payments' } })
    const poor = await send(credentials('/accounts', { accessToken }))
    expect([poor.status, poor.code]).toEqual([403, 'SCOPE_INSUFFICIENT'])
    expect((await send(credentials('/other'), { path: '/other' })).code).toBe('ROUTE_UNKNOWN')
    expect((await send(['host', 'evil.example'])).code).toBe('HOST_FOREIGN')
    expect((await send(['dpop', 'a', 'dpop', 'b'])).code).toBe('FIELD_DUPLICATED')
  })

  it('a certificate-bound token passes with its certificate alone', async () => {
    const certificate = await clientCertificate('client-1')
    const fields = bearerOf(certificate)
    expect((await send(fields, { certificate })).status).toBe(200)
    expect((await send(fields, { certificate: await clientCertificate('client-2') })).code).toBe(
      'MTLS_THUMBPRINT',
    )
    expect((await send(fields)).code).toBe('MTLS_ABSENT')
  })

  it('after a start a nonce is asked for, and a proof with it passes', async () => {
    const fresh = await open(nowSeconds() + 1)
    const accessToken = token()
    const first = await call({
      port: fresh.port,
      path: '/accounts',
      fields: credentials('/accounts', { accessToken }),
    })
    expect([first.status, first.code]).toEqual([401, 'DPOP_NONCE'])
    const made = proof(accessToken, { claims: { nonce: first.all('dpop-nonce')[0] } })
    const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', made]
    expect((await call({ port: fresh.port, path: '/accounts', fields })).status).toBe(200)
    await fresh.close()
  })
})

async function tlsOptions() {
  const folder = await pkiFolder()
  const pem = (file: string) => readFileSync(join(folder, file), 'utf8')
  const [key, cert, ca] = [pem('server-key.pem'), pem('server.pem'), pem('client-ca.pem')]
  return { key, cert, ca, requestCert: true, rejectUnauthorized: false }
}

async function listening(server: Server): Promise<Running> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((done) => server.close(done)),
  }
}
