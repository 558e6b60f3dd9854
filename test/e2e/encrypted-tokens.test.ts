import '../../deploy/demo/quiet.ts'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { Provider } from 'oidc-provider'
import { Agent, fetch } from 'undici'
import { afterAll, describe, expect, it } from 'vitest'
import { anEncryptionKey, type EncryptionKey, writtenKey } from '../support/encryption.ts'
import { aProof } from '../support/proof.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { credentials, nowSeconds, ORIGIN } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const KEYS: { readonly [alg: string]: EncryptionKey } = {
  'RSA-OAEP-256': anEncryptionKey('RSA', 'rsa'),
  'ECDH-ES+A256KW': anEncryptionKey('P-256', 'ec'),
}

const ISSUER = 'https://as.bank.example'
const pki = await pkiFolder()
const ca = join(pki, 'as-ca.pem')
const place = `https://localhost:${await freePort()}`
const server = await startProvider(place, pki)
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
const keys = Object.values(KEYS).map(async (key) => ({ key: await writtenKey(key), key_id: key.kid }))
const { gateway, upstream, stop } = await startWithUpstream({
  issuers: {
    as: {
      issuer: ISSUER,
      metadata_url: `${place}/.well-known/openid-configuration`,
      metadata_issuer: ISSUER,
      ca,
      audience: ORIGIN,
      decryption: await Promise.all(keys),
      require_encryption: true,
    },
  },
  routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'as', scope: 'accounts' } }],
})
afterAll(stop)

describe('oidc-provider issues encrypted tokens, under a name that is not where it is', () => {
  it.each(Object.keys(KEYS))('with %s: they are opened, verified and bound', async (alg) => {
    const accessToken = await clientToken(alg)
    expect(accessToken.split('.')).toHaveLength(5)
    const fields = credentials('/accounts', { accessToken })
    expect((await gateway.call({ path: '/accounts', fields })).status).toBe(200)
    const [seen] = upstream.news()
    expect(seen?.all('holdfast-client-id')).toEqual(['tpp'])
    expect(seen?.all('holdfast-grant')).toEqual(['client'])
    expect(seen?.all('holdfast-issuer')).toEqual([ISSUER])
  })

  it('one that came without its encryption is refused', async () => {
    const fields = credentials('/accounts', { accessToken: await clientToken('none') })
    expect((await gateway.call({ path: '/accounts', fields })).code).toBe('TOKEN_UNENCRYPTED')
  })

  /** A token of the client itself (RFC 6749 §4.4), bound to the DPoP key of the tests, encrypted so. */
  async function clientToken(alg: string): Promise<string> {
    const endpoint = `${place}/token`
    const claims = { jti: randomUUID(), iat: nowSeconds(), htm: 'POST', htu: endpoint, ath: undefined }
    const answer = await fetch(endpoint, {
      method: 'POST',
      dispatcher: new Agent({ connect: { ca: readFileSync(ca) } }),
      headers: {
        authorization: `Basic ${Buffer.from('tpp:a secret of the tests').toString('base64')}`,
        dpop: aProof('', { claims }),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'accounts',
        resource: `${ORIGIN}/${alg}`,
      }).toString(),
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    return token
  }
})

/** Resources of one API, a way of encryption each. */
async function startProvider(place: string, pki: string): Promise<Server> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const provider = new Provider(ISSUER, {
    clients: [
      {
        client_id: 'tpp',
        client_secret: 'a secret of the tests',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        dpop_bound_access_tokens: true,
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'as-1', use: 'sig', alg: 'ES256' }] },
    cookies: { keys: [randomUUID()] },
    scopes: ['accounts'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => {
          const alg = resource.slice(ORIGIN.length + 1)
          const key = KEYS[alg]
          const encrypt = key && { alg, enc: 'A256GCM', key: key.publicKey, kid: key.kid }
          const jwt = { sign: { alg: 'ES256' }, ...(encrypt === undefined ? {} : { encrypt }) }
          return { audience: ORIGIN, scope: 'accounts', accessTokenFormat: 'jwt', jwt }
        },
      },
    },
  })
  const tls = { cert: readFileSync(join(pki, 'as.pem')), key: readFileSync(join(pki, 'as-key.pem')) }
  const server = createServer(tls, provider.callback())
  await new Promise<void>((resolve) => server.listen(Number(new URL(place).port), '127.0.0.1', resolve))
  return server
}
