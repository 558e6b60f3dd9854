import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { BANK } from '../support/gateway.ts'
import { aKey } from '../support/keys.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { certificateToken, credentials, nowSeconds, ORIGIN, token } from '../support/wire-tokens.ts'
import type { Seen } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const ID = '0b9c4b4c-8d7f-4f1e-9d35-6a2b6a3d7c11'

const pki = await pkiFolder()
const key = { key: `${pki}/signing-key.pem`, algorithm: 'ES256' }
const require = { issuer: 'bank', scope: 'accounts' }
const { gateway, upstream, stop } = await startWithUpstream((url) => ({
  listeners: [{ tls: { client_certificate: 'optional', client_ca: `${pki}/client-ca.pem` } }],
  signing: [
    { ...key, key_id: 'now' },
    { ...key, key_id: 'past', sign_until: '2020-01-01' },
  ],
  issuers: { bank: BANK },
  upstreams: {
    bank: { url, identity: 'jwt', txn_token: { audience: 'https://accounts.internal', lifetime: '20999ms' } },
    plain: { url, identity: 'jwt' },
    fields: { url },
  },
  routes: [
    { path: '/accounts/**', upstream: 'bank', require },
    { path: '/plain', upstream: 'plain', require },
    { path: '/fields', upstream: 'fields', require },
    { path: '/late', upstream: 'bank', signing_key: 'past', require },
    { path: '/status', upstream: 'bank', danger_public: true },
  ],
}))
afterAll(stop)

describe('an upstream that is told under our signature', () => {
  async function passed(
    path: string,
    fields: readonly string[],
    version: '1.1' | '2' = '1.1',
    method = 'GET',
  ) {
    upstream.news()
    const answer = await gateway.call({ path, method, fields, version })
    expect(answer.status).toBe(200)
    return upstream.news()[0] as Seen
  }

  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it('gets one token that says who asks for what, and no fields', async () => {
      const path = '/accounts/7/b%C3%A9?x=1'
      const fields = [...credentials(path.split('?')[0]), 'x-fapi-interaction-id', ID]
      const before = nowSeconds()
      const seen = await passed(path, fields, version)
      const [jwt, ...more] = seen.all('txn-token')
      expect([more, seen.fields.filter((name) => /^holdfast-/i.test(name))]).toEqual([[], []])
      expect(decodeProtectedHeader(jwt as string)).toEqual({ typ: 'txntoken+jwt', alg: 'ES256', kid: 'now' })
      const { iat, exp, ...claims } = decodeJwt(jwt as string)
      expect(iat).toBeGreaterThanOrEqual(before)
      expect(iat).toBeLessThanOrEqual(nowSeconds())
      expect((exp as number) - (iat as number)).toBe(20)
      expect(claims).toEqual({
        iss: ORIGIN,
        aud: 'https://accounts.internal',
        sub: 'customer-7',
        client_id: expect.any(String),
        scope: expect.stringContaining('accounts'),
        txn: ID,
        req_wl: ORIGIN,
        tctx: { method: 'GET', path: '/accounts/7/b%C3%A9', grant: 'user', issuer: BANK.issuer },
        rctx: { req_ip: '127.0.0.1', sender: { jkt: aKey('ES256', 'client').jkt } },
      })
      expect(seen.all('authorization')).toEqual([])
    })

    it('never gets one of the client’s, nor a field that says the same', async () => {
      const forged = ['txn-token', 'forged', 'Txn-Token', 'forged', 'holdfast-subject', 'forged']
      for (const path of ['/accounts', '/fields', '/status']) {
        const own = path === '/status' ? [] : credentials(path)
        const seen = await passed(path, [...forged, ...own], version)
        expect(seen.fields.join('\n')).not.toContain('forged')
        expect(seen.all('txn-token')).toHaveLength(path === '/accounts' ? 1 : 0)
      }
    })

    it('SIGNING_UNAVAILABLE where no key has its turn, and nothing is forwarded', async () => {
      upstream.news()
      const answer = await gateway.call({ path: '/late', fields: credentials('/late'), version })
      expect([answer.status, answer.code, answer.all('retry-after')]).toEqual([
        503,
        'SIGNING_UNAVAILABLE',
        ['5'],
      ])
      expect(upstream.news()).toEqual([])
    })
  })

  it('the audience is its origin where none is said', async () => {
    const seen = await passed('/plain', credentials('/plain'))
    const { aud, exp = 0, iat = 0 } = decodeJwt(seen.all('txn-token')[0] as string)
    expect([aud, exp - iat]).toEqual([`http://127.0.0.1:${upstream.port}`, 15])
  })

  it('a certificate is the sender, and a client its own subject', async () => {
    const certificate = await clientCertificate('client-1')
    const accessToken = certificateToken(x5tOf(certificate), { client_id: 'client-9', sub: 'client-9' })
    const fields = ['authorization', `Bearer ${accessToken}`]
    expect((await gateway.call({ path: '/accounts', fields, certificate })).status).toBe(200)
    const claims = decodeJwt(upstream.news()[0]?.all('txn-token')[0] as string)
    expect(claims).toMatchObject({
      sub: 'client-9',
      client_id: 'client-9',
      rctx: { sender: { 'x5t#S256': x5tOf(certificate) } },
    })
  })

  it('no claim of the access token can become another', async () => {
    const odd = { sub: '","scope":"all', client_id: 'Zoë\r\n', scope: 'accounts "x"' }
    const accessToken = token({ claims: odd })
    const seen = await passed('/accounts', credentials('/accounts', { accessToken }))
    expect(decodeJwt(seen.all('txn-token')[0] as string)).toMatchObject(odd)
  })

  it('carries neither the access token nor a part of it', async () => {
    const fields = credentials()
    const seen = await passed('/accounts', fields)
    const everything = seen.fields.join('\n') + JSON.stringify(decodeJwt(seen.all('txn-token')[0] as string))
    for (const part of (fields[1] as string).slice('DPoP '.length).split('.').slice(1))
      expect(everything).not.toContain(part)
  })
})
