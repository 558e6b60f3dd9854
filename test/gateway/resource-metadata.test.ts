import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BANK, startGateway, type TestGateway } from '../support/gateway.ts'
import { type AlgorithmName, aKey, published } from '../support/keys.ts'
import { type ClientCertificate, clientCertificate, pkiFolder, written, x5tOf } from '../support/wire-pki.ts'
import { ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** RFC 9728 §8.1.2, all of the registry's first entries. */
const REGISTRY = new Set([
  ...['resource', 'authorization_servers', 'jwks_uri', 'scopes_supported', 'bearer_methods_supported'],
  ...['resource_signing_alg_values_supported', 'resource_name', 'resource_documentation'],
  ...['resource_policy_uri', 'resource_tos_uri', 'tls_client_certificate_bound_access_tokens'],
  ...['authorization_details_types_supported', 'dpop_signing_alg_values_supported'],
  ...['dpop_bound_access_tokens_required', 'signed_metadata'],
])
const ISSUERS = { bank: 'https://as.bank.example', second: 'https://second.example' }
const ALGORITHMS: readonly AlgorithmName[] = ['ES256', 'Ed25519', 'PS256']
const SCOPES = ['accounts', 'payments', 'cards', 'fx']

interface Metadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly authorization_details_types_supported?: readonly string[]
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly dpop_bound_access_tokens_required?: boolean
  readonly tls_client_certificate_bound_access_tokens?: boolean
  readonly resource_signing_alg_values_supported?: readonly string[]
}

/** Eleven routes, each different from the others. */
const ROUTES: { readonly [path: string]: object } = {
  '/accounts': { issuer: 'bank', scope: 'accounts' },
  '/balances': { issuer: 'bank', scope: ['accounts', 'fx'] },
  '/payments': { issuer: 'bank', scope: 'payments', sender: 'dpop' },
  '/transfers': { issuer: 'bank', scope: 'payments', sender: 'dpop', dpop: { algorithms: ['ES256'] } },
  '/cards': { issuer: 'second', scope: 'cards' },
  '/rates': { issuer: ['bank', 'second'] },
  '/vault': { issuer: 'bank', sender: 'mtls' },
  '/vault/inner': { issuer: 'second', sender: 'mtls', scope: 'cards' },
  '/modern': { issuer: 'bank', dpop: { algorithms: ['Ed25519', 'PS256'] } },
  '/consents': { issuer: 'bank', authorization_details: [{ type: 'payment_initiation' }] },
  '/any': { issuer: ['second', 'bank'], scope_any: ['fx', 'cards'], sender: 'dpop' },
}
const RSA = aKey('PS256', 'ours').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const PATHS = Object.keys(ROUTES)

describe('what is advertised is what is enforced: eleven different routes', () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let certificate: ClientCertificate

  beforeAll(async () => {
    upstream = await startUpstream()
    certificate = await clientCertificate('client-1')
    gateway = await startGateway(await config(ROUTES))
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
  })

  async function config(routes: { readonly [path: string]: object }) {
    const pki = await pkiFolder()
    const secondKeys = await written(JSON.stringify(published(keyOf(ISSUERS.second))))
    return {
      listeners: [{ tls: { client_certificate: 'optional', client_ca: `${pki}/client-ca.pem` } }],
      issuers: { bank: BANK, second: { ...BANK, issuer: ISSUERS.second, jwks_file: secondKeys } },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: Object.entries(routes).map(([path, require]) => ({
        path: `${path}/**`,
        upstream: 'bank',
        require,
      })),
    }
  }

  /** As a client that follows RFC 9728 §5: by the challenge, then by what the metadata says of itself. */
  async function discovered(path: string, at: TestGateway = gateway): Promise<Metadata> {
    const challenges = (await at.call({ path })).all('www-authenticate')
    const urls = new Set(challenges.map((each) => /resource_metadata="([^"]+)"/.exec(each)?.[1]))
    expect(urls.size).toBe(1)
    const url = [...urls][0] as string
    const answer = await at.call({ path: url.slice(ORIGIN.length) })
    expect([answer.status, answer.all('content-type')]).toEqual([200, ['application/json']])
    const metadata = JSON.parse(answer.body) as Metadata
    // §3.3: the identifier is the one into which the well-known suffix was inserted, and the request was to it.
    const { origin, pathname } = new URL(metadata.resource)
    expect(url).toBe(`${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`)
    expect(`${ORIGIN}${path}`.startsWith(metadata.resource)).toBe(true)
    return metadata
  }

  it.each(PATHS)('%s: its members are registered, and none is empty', async (path) => {
    const metadata = await discovered(path)
    expect(Object.keys(metadata).filter((name) => !REGISTRY.has(name))).toEqual([])
    for (const value of Object.values(metadata)) expect(value).not.toEqual([])
    expect(metadata).not.toHaveProperty('signed_metadata')
    expect(metadata).toMatchObject({ bearer_methods_supported: ['header'] })
  })

  it.each(PATHS)('%s: its authorization servers, and no others', async (path) => {
    const metadata = await discovered(path)
    for (const issuer of Object.values(ISSUERS)) {
      const isAdvertised = metadata.authorization_servers.includes(issuer)
      expect([issuer, await outcome(path, metadata, { issuer })]).toEqual([
        issuer,
        isAdvertised ? 200 : 'TOKEN_ISSUER',
      ])
    }
  })

  it.each(PATHS)('%s: its scopes suffice, and without them it is refused', async (path) => {
    const metadata = await discovered(path)
    const advertised = metadata.scopes_supported ?? []
    expect(await outcome(path, metadata, {})).toBe(200)
    const others = SCOPES.filter((scope) => !advertised.includes(scope))
    expect(await outcome(path, metadata, { scope: others.join(' ') })).toBe(
      advertised.length === 0 ? 200 : 'SCOPE_INSUFFICIENT',
    )
  })

  it('its types of authorization details suffice, and no others', async () => {
    const metadata = await discovered('/consents')
    expect(metadata.authorization_details_types_supported).toEqual(['payment_initiation'])
    const detailed = (types?: readonly string[]) =>
      outcome('/consents', metadata, types === undefined ? {} : { types })
    expect(await detailed()).toBe(200)
    for (const types of [[], ['account_information']])
      expect(await detailed(types)).toMatch(/^(?:RAR|AUTHORIZATION|DETAIL)/)
  })

  it.each(PATHS)('%s: its algorithms of proofs, and no others', async (path) => {
    const metadata = await discovered(path)
    const advertised = metadata.dpop_signing_alg_values_supported ?? []
    for (const alg of ALGORITHMS) {
      const refused = advertised.length === 0 ? expect.stringMatching(/^(?:TOKEN_SENDER|DPOP_)/) : 'DPOP_ALG'
      expect([alg, await outcome(path, metadata, { alg })]).toEqual([
        alg,
        advertised.includes(alg) ? 200 : refused,
      ])
    }
    const challenge = (await gateway.call({ path }))
      .all('www-authenticate')
      .find((each) => /^DPoP/.test(each))
    const algs = challenge === undefined ? [] : /algs="([^"]+)"/.exec(challenge)?.[1]?.split(' ')
    expect(algs).toEqual(advertised)
  })

  it.each(PATHS)('%s: whether certificates bind tokens there, and whether DPoP must', async (path) => {
    const metadata = await discovered(path)
    const byCertificate = await outcome(path, metadata, { by: 'certificate' })
    const isSupported = metadata.tls_client_certificate_bound_access_tokens ?? false
    expect(byCertificate).toBe(isSupported ? 200 : 'TOKEN_SENDER')
    if (metadata.dpop_bound_access_tokens_required) expect(isSupported).toBe(false)
    const isProved = (metadata.dpop_signing_alg_values_supported ?? []).length > 0
    expect(metadata.dpop_bound_access_tokens_required ?? false).toBe(isProved && !isSupported)
  })

  it('paths that demand what the whole origin offers have no metadata of their own', async () => {
    const small = await startGateway(
      await config({ '/a': { issuer: 'bank', scope: 'accounts' }, '/b': { issuer: 'bank', scope: 'fx' } }),
    )
    const [a, b] = [await discovered('/a', small), await discovered('/b', small)]
    expect([a, a.scopes_supported]).toEqual([b, ['accounts', 'fx']])
    expect((await small.call({ path: '/.well-known/oauth-protected-resource/a' })).status).toBe(404)
    await small.stop()
  })

  it('by which algorithms answers are signed, where they are, and nowhere else', async () => {
    const pki = await pkiFolder()
    const { listeners: _, ...given } = await config({
      '/signed': { issuer: 'bank', signature: 'fapi2' },
      '/plain': { issuer: 'bank' },
    })
    const keys = [
      { key: `${pki}/signing-key.pem`, key_id: 'one', algorithm: 'ES256' },
      { key: await written(RSA), key_id: 'other', algorithm: 'PS256', hosts: 'elsewhere.example' },
    ]
    const elsewhere = { name: 'elsewhere', public_origin: 'https://elsewhere.example' }
    const signing = await startGateway({
      ...given,
      listeners: [{}, elsewhere],
      signing: keys,
      clients: [{ client_id: 'tpp-1', jwks: published(aKey('ES256')) }],
    })
    for (const [path, algorithms] of [
      ['/signed', ['ES256']],
      ['/plain', undefined],
    ] as const) {
      const metadata = await discovered(path, signing)
      expect(metadata.resource_signing_alg_values_supported).toEqual(algorithms)
      const input = (await signing.call({ path })).all('signature-input')
      expect(input).toEqual(algorithms === undefined ? [] : [expect.stringContaining('keyid="one"')])
    }
    const there = { path: '/.well-known/oauth-protected-resource', fields: ['host', 'elsewhere.example'] }
    const answer = await signing.call({ ...there, port: signing.ports.get('elsewhere') as number })
    expect(JSON.parse(answer.body)).toMatchObject({ resource_signing_alg_values_supported: ['PS256'] })
    await signing.stop()
  })

  it('it changes when the configuration does', async () => {
    const changed = await startGateway(
      await config({ '/accounts': { issuer: 'second', scope: 'cards', sender: 'dpop' } }),
    )
    expect(await discovered('/accounts', changed)).toEqual({
      resource: ORIGIN,
      authorization_servers: [ISSUERS.second],
      scopes_supported: ['cards'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
      dpop_bound_access_tokens_required: true,
    })
    await changed.stop()
  })

  interface Try {
    readonly issuer?: string
    readonly scope?: string
    readonly types?: readonly string[]
    readonly alg?: AlgorithmName
    readonly by?: 'certificate'
  }

  /** 200, or the code of the refusal, for a request that does what the metadata says but for one thing. */
  async function outcome(path: string, metadata: Metadata, given: Try): Promise<number | string | undefined> {
    const issuer = given.issuer ?? (metadata.authorization_servers[0] as string)
    const scope = given.scope ?? (metadata.scopes_supported ?? []).join(' ')
    const types = given.types ?? metadata.authorization_details_types_supported ?? []
    const details = types.map((type) => ({ type }))
    const claims = {
      iss: issuer,
      scope: scope === '' ? 'none' : scope,
      ...(details.length === 0 ? {} : { authorization_details: details }),
    }
    const key = keyOf(issuer)
    const supported = metadata.dpop_signing_alg_values_supported ?? []
    if (given.by === 'certificate' || (supported.length === 0 && given.alg === undefined)) {
      const bound = token({ claims: { ...claims, cnf: { 'x5t#S256': x5tOf(certificate) } }, key })
      const fields = ['authorization', `Bearer ${bound}`]
      return seen(await gateway.call({ path, fields, certificate }))
    }
    const alg = given.alg ?? ALGORITHMS.find((each) => supported.includes(each)) ?? 'ES256'
    const client = aKey(alg, 'client of the metadata')
    const accessToken = token({ claims: { ...claims, cnf: { jkt: client.jkt } }, key })
    const made = proof(accessToken, {
      key: client,
      header: { alg: client.alg, jwk: client.jwk },
      claims: { htu: ORIGIN + path },
    })
    return seen(await gateway.call({ path, fields: ['authorization', `DPoP ${accessToken}`, 'dpop', made] }))
  }
})

function keyOf(issuer: string) {
  return aKey('ES256', issuer === ISSUERS.bank ? 'issuer' : 'second issuer')
}

function seen({ status, code }: { readonly status: number; readonly code: string | undefined }) {
  return code ?? status
}
