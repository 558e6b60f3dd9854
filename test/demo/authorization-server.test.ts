import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { randomDPoPKeyPair } from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePki } from '../../certs/make.ts'
import '../../deploy/demo/quiet.ts'
import { startAuthorizationServer } from '../../deploy/demo/authorization-server.ts'
import { startBank } from '../../deploy/demo/bank.ts'
import { readSettings } from '../../deploy/demo/settings.ts'
import { openDpopTpp, openMtlsTpp, type Tpp } from '../../deploy/demo/tpp.ts'
import { send, type WireRequest } from '../../deploy/demo/wire.ts'
import { freePorts } from './free-ports.ts'

const certs = mkdtempSync(join(tmpdir(), 'holdfast-as-'))
const settings = { ...readSettings(await freePorts()), certs }
const parts = new AsyncDisposableStack()
const dpopKey = await randomDPoPKeyPair('ES256', { extractable: true })
let dpop: Tpp
let mtls: Tpp

beforeAll(async () => {
  await makePki(certs)
  const clientKey = await generateKeyPair('ES256', { extractable: true })
  const server = await startAuthorizationServer({
    port: settings.authorizationServer,
    issuer: settings.issuer,
    certs,
    audience: settings.api,
    clientKey: await exportJWK(clientKey.publicKey),
  })
  parts.defer(server.close)
  dpop = parts.adopt(await openDpopTpp(settings, clientKey.privateKey, dpopKey), (tpp) => tpp.close())
  mtls = parts.adopt(await openMtlsTpp(settings), (tpp) => tpp.close())
})
afterAll(async () => {
  await parts.disposeAsync()
  rmSync(certs, { recursive: true })
})

const ask = (path: string, wire: Partial<WireRequest> = {}) => {
  const connection = {
    port: settings.authorizationServer.number,
    ca: readFileSync(join(certs, 'as-ca.pem'), 'utf8'),
  }
  return send(connection, { method: 'GET', path, fields: [], ...wire })
}

describe('the authorization server of the demonstration', () => {
  it('gives tpp-dpop a JWT access token (RFC 9068) bound to its DPoP key', async () => {
    const token = await dpop.authorize('accounts payments')
    const keys = (await ask('/jwks')).body as Parameters<typeof createLocalJWKSet>[0]
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
      typ: 'at+jwt',
      issuer: settings.issuer,
      audience: settings.api,
    })
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload).toMatchObject({ sub: 'alice', client_id: 'tpp-dpop', scope: 'accounts payments' })
    const jkt = await calculateJwkThumbprint(await exportJWK(dpopKey.publicKey))
    expect(payload.cnf).toEqual({ jkt })
  })

  it('gives tpp-mtls one bound to its certificate (RFC 8705)', async () => {
    const { raw } = new X509Certificate(readFileSync(join(certs, 'client-1.pem')))
    const thumbprint = createHash('sha256').update(raw).digest('base64url')
    expect(decodeJwt(await mtls.authorize('accounts'))).toMatchObject({
      client_id: 'tpp-mtls',
      scope: 'accounts',
      cnf: { 'x5t#S256': thumbprint },
    })
  })

  it('takes authorization requests only by PAR (FAPI2-SP §5.3.2.2)', async () => {
    const metadata = (await ask('/.well-known/oauth-authorization-server')).body
    expect(metadata).toMatchObject({
      issuer: settings.issuer,
      require_pushed_authorization_requests: true,
      tls_client_certificate_bound_access_tokens: true,
      dpop_signing_alg_values_supported: ['PS256', 'ES256', 'Ed25519', 'EdDSA'],
    })
    const direct = await ask('/auth?client_id=tpp-dpop&response_type=code&scope=accounts')
    expect(direct.status).not.toBe(200)
  })

  it('lets the gateway introspect (RFC 7662)', async () => {
    const secret = readFileSync(join(certs, 'introspection.secret'), 'utf8').trim()
    const basic = `Basic ${Buffer.from(`gateway:${secret}`).toString('base64')}`
    const introspect = (token: string) =>
      ask('/token/introspection', {
        method: 'POST',
        fields: ['Authorization', basic],
        type: 'application/x-www-form-urlencoded',
        body: `token=${token}`,
      })
    const opaque = await dpop.authorize('accounts', `${settings.api}/cards`)
    const jkt = await calculateJwkThumbprint(await exportJWK(dpopKey.publicKey))
    expect(opaque).not.toContain('.')
    expect((await introspect(opaque)).body).toMatchObject({
      active: true,
      aud: settings.api,
      sub: 'alice',
      cnf: { jkt },
    })
    expect((await introspect('unknown')).body).toEqual({ active: false })
  })
})

describe('the bank of the demonstration', () => {
  it('believes the identity fields alone, and remembers what it saw', async () => {
    const bank = await startBank(settings.bank)
    parts.defer(bank.close)
    const origin = `http://127.0.0.1:${settings.bank.number}`
    const identity = { 'Holdfast-Client-Id': 'tpp-dpop', 'Holdfast-Subject': 'alice' }

    expect((await fetch(`${origin}/accounts`)).status).toBe(403)
    const accounts = await fetch(`${origin}/accounts`, { headers: identity })
    expect(await accounts.json()).toMatchObject({
      accounts: [{ id: '1' }, { id: '2' }],
      caller: { subject: 'alice' },
    })
    expect((await fetch(`${origin}/accounts/3`, { headers: identity })).status).toBe(404)
    const payment = await fetch(`${origin}/payments`, {
      method: 'POST',
      headers: identity,
      body: '{"amount":"1"}',
    })
    expect(payment.status).toBe(201)
    expect((await fetch(`${origin}/status`)).status).toBe(200)
    expect(bank.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /accounts',
      'GET /accounts',
      'GET /accounts/3',
      'POST /payments',
      'GET /status',
    ])
  })
})
