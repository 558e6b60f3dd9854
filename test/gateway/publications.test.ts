import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { BANK } from '../support/gateway.ts'
import { call } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { HOST, nowSeconds, ORIGIN } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const METADATA = '/.well-known/oauth-protected-resource'
const OTHER = 'other.bank.example'

const pki = await pkiFolder()
const key = { key: `${pki}/signing-key.pem`, algorithm: 'ES256' }
const { gateway, upstream, stop } = await startWithUpstream({
  signing: [
    { ...key, key_id: 'now' },
    { ...key, key_id: 'past', hosts: OTHER, sign_until: '2020-01-01' },
  ],
  listeners: [
    {
      jwks_path: '/keys/jwks.json',
      resource_metadata: {
        signed: true,
        resource_name: 'The Bank',
        resource_documentation: 'https://docs.bank.example/',
      },
    },
    { name: 'other', public_origin: `https://${OTHER}`, resource_metadata: { signed: true } },
    { name: 'silent', public_origin: 'https://silent.example', resource_metadata: { publish: false } },
  ],
  issuers: { bank: BANK },
  routes: [
    { path: '/**', upstream: 'bank', danger_public: true },
    { path: '/accounts/**', upstream: 'bank', require: { issuer: 'bank', scope: 'accounts' } },
    { path: '/payments/**', upstream: 'bank', require: { issuer: 'bank', scope: 'payments' } },
  ],
})
afterAll(stop)

describe('documents of the gateway itself', () => {
  it.each(['1.1', '2'] as const)('our keys, to anybody, over HTTP/%s', async (version) => {
    const answer = await gateway.call({ path: '/keys/jwks.json', version })
    expect(answer.status).toBe(200)
    expect(answer.all('content-type')).toEqual(['application/jwk-set+json'])
    expect(answer.all('cache-control')).toEqual(['public, max-age=300'])
    expect(answer.all('access-control-allow-origin')).toEqual(['*'])
    expect(answer.all('x-fapi-interaction-id')).toHaveLength(1)
    const { keys } = JSON.parse(answer.body)
    expect(keys.map(({ kid, alg, use }: Record<string, string>) => [kid, alg, use])).toEqual([
      ['now', 'ES256', 'sig'],
      ['past', 'ES256', 'sig'],
    ])
    expect(answer.body).not.toContain('"d"')
    expect(upstream.news()).toEqual([])
  })

  it('the admin address has the same set', async () => {
    const admin = await fetch(`http://127.0.0.1:${gateway.admin}/jwks`)
    expect([admin.status, admin.headers.get('content-type')]).toEqual([200, 'application/jwk-set+json'])
    const { body } = await gateway.call({ path: '/keys/jwks.json' })
    expect(await admin.json()).toEqual(JSON.parse(body))
  })

  it('they take GET and HEAD, and say so', async () => {
    const head = await gateway.call({ method: 'HEAD', path: '/keys/jwks.json' })
    expect([head.status, head.body]).toEqual([200, ''])
    const refused = await gateway.call({ method: 'POST', path: METADATA, body: 'x' })
    expect([refused.status, refused.code, refused.all('allow')]).toEqual([
      405,
      'METHOD_UNKNOWN',
      ['GET, HEAD'],
    ])
  })

  it('only there: a route for everything has the rest, and other origins their own', async () => {
    const keys = await gateway.call({ path: '/keys/other.json' })
    expect([keys.status, upstream.news().length]).toEqual([200, 1])
    const elsewhere = { port: gateway.ports.get('other') as number, fields: ['host', OTHER] }
    await gateway.call({ ...elsewhere, path: '/keys/jwks.json' })
    expect(upstream.news()).toHaveLength(1)
    const silent = { port: gateway.ports.get('silent') as number, fields: ['host', 'silent.example'] }
    await gateway.call({ ...silent, path: METADATA })
    expect(upstream.news()).toHaveLength(1)
    const challenge = (await gateway.call({ ...silent, path: '/accounts' })).all('www-authenticate')
    expect(challenge.join()).not.toContain('resource_metadata')
  })

  it('says at start what a route for everything gives way to', async () => {
    const notice = await gateway.line(({ msg }) =>
      String(msg).startsWith('routes[0].path: the gateway itself'),
    )
    expect(notice['msg']).toContain(`${METADATA} and /keys/jwks.json`)
  })

  it('the metadata of the origin, which challenges name', async () => {
    const answer = await gateway.call({ path: METADATA })
    expect([answer.status, answer.all('content-type')]).toEqual([200, ['application/json']])
    expect(JSON.parse(answer.body)).toEqual({
      resource: ORIGIN,
      authorization_servers: [BANK.issuer],
      scopes_supported: ['accounts', 'payments'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
      jwks_uri: `${ORIGIN}/keys/jwks.json`,
      resource_name: 'The Bank',
      resource_documentation: 'https://docs.bank.example/',
      signed_metadata: expect.any(String),
    })
    const refused = await gateway.call({ path: '/accounts' })
    expect(refused.all('www-authenticate')).toEqual([
      `DPoP realm="${ORIGIN}", algs="PS256 ES256 EdDSA Ed25519", resource_metadata="${ORIGIN}${METADATA}"`,
      `Bearer realm="${ORIGIN}", resource_metadata="${ORIGIN}${METADATA}"`,
    ])
    expect((await gateway.call({ path: `${METADATA}/accounts` })).status).toBe(200)
    expect(upstream.news().map(({ target }) => target)).toEqual([`${METADATA}/accounts`])
  })

  it('signed metadata says the same, by a published key, of the resource', async () => {
    const { signed_metadata: jwt, ...plain } = JSON.parse((await gateway.call({ path: METADATA })).body)
    const keys = createLocalJWKSet(JSON.parse((await gateway.call({ path: '/keys/jwks.json' })).body))
    const { payload, protectedHeader } = await jwtVerify(jwt, keys, { issuer: ORIGIN })
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'ES256', kid: 'now' })
    const { iss: _, iat, ...said } = payload
    expect([said, typeof iat]).toEqual([plain, 'number'])
    const again = JSON.parse((await gateway.call({ path: METADATA })).body)
    expect(again.signed_metadata).toBe(jwt)
  })

  it.each(['1.1', '2'] as const)(
    'SIGNING_UNAVAILABLE where no key has its turn, HTTP/%s',
    async (version) => {
      const host = version === '2' ? ':authority' : 'host'
      const answer = await gateway.call({
        port: gateway.ports.get('other') as number,
        path: METADATA,
        fields: [host, OTHER],
        version,
      })
      expect([answer.status, answer.code]).toEqual([503, 'SIGNING_UNAVAILABLE'])
      expect([answer.all('retry-after'), answer.all('cache-control')]).toEqual([['5'], ['no-store']])
    },
  )

  it('is nobody else’s: another host at the same listener is refused as ever', async () => {
    const answer = await gateway.call({ path: METADATA, fields: ['host', OTHER] })
    expect([answer.status, answer.code, HOST]).toEqual([421, 'HOST_FOREIGN', HOST])
  })
})

it('metadata that was signed by a clock that was ahead is signed anew once it is right again', async () => {
  const key = { key: `${await pkiFolder()}/signing-key.pem`, algorithm: 'ES256', key_id: 'now' }
  let now = nowSeconds() + 3600
  const gateway = await openInProcess(
    {
      signing: [key],
      listeners: [{ resource_metadata: { signed: true } }],
      upstreams: { bank: { url: 'http://127.0.0.1:9' } },
      routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'bank' } }],
    },
    { now: () => now },
  )
  const signedAt = async () => {
    const { body } = await call({ port: gateway.port, path: METADATA })
    return decodeJwt(JSON.parse(body).signed_metadata).iat
  }
  expect(await signedAt()).toBe(now)
  now -= 3600
  expect(await signedAt()).toBe(now)
  await gateway.stop()
})
