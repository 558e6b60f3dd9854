import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problem.ts'
import { readSettings, type Settings } from '../../../src/runtime/settings/settings.ts'
import { completed, ROUTES } from '../../support/gateway.ts'
import { type AlgorithmName, aKey, published } from '../../support/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-signing-'))
afterAll(() => rmSync(folder, { recursive: true }))

const P256 = aKey('ES256', 'signing').privateKey
const pem = (alg: AlgorithmName) => aKey(alg).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const jwkOf = (changes: object = {}) => JSON.stringify({ ...P256.export({ format: 'jwk' }), ...changes })

describe('signing keys from files', () => {
  it.each([
    ['PEM', P256.export({ type: 'pkcs8', format: 'pem' }) as string],
    ['a JWK that agrees', jwkOf({ kid: 'one', alg: 'ES256', use: 'sig' })],
    ['a JWK that says nothing', jwkOf()],
  ])('%s', async (_, text) => {
    const [key] = (await settingsWith(text)).signingKeys
    expect([key?.keyId, key?.jwk['kid'], key?.jwk['alg']]).toEqual(['one', 'one', 'ES256'])
  })

  it.each([
    [
      'a key on another curve',
      pem('ES384'),
      'expected a P-256 key for ES256, found a P-384 key; ES384 takes it',
    ],
    ['an RSA key', pem('PS256'), 'found an RSA key of 2048 bits; PS256 takes it'],
    ['an Edwards key', pem('Ed25519'), 'found an Ed25519 key; EdDSA takes it'],
    ['a key that nothing takes', pem('ES512'), 'found a P-521 key\n'],
    ['a JWK of another name', jwkOf({ kid: 'two' }), 'whose `kid` is the `key_id`'],
    ['a JWK for another algorithm', jwkOf({ alg: 'ES384' }), 'a JWK for ES256'],
    ['a JWK for encryption', jwkOf({ use: 'enc' }), 'a JWK for signatures'],
    ['no key', 'hello', 'PEM, JWK or PKCS#12'],
    ['a public key', JSON.stringify(aKey('ES256').jwk), 'PEM, JWK or PKCS#12'],
  ])('not %s', async (_, text, problem) => {
    const error = await settingsWith(text as string).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).report()).toMatch(/gateway\.yaml:\d+:\d+ signing\.key: /)
    expect(`${(error as ConfigError).report()}\n`).toContain(problem)
  })

  it('not a P-256 key where RSA is asked for', async () => {
    await expect(settingsWith(jwkOf(), { algorithm: 'PS256' })).rejects.toThrow(
      'expected an RSA key of at least 2048 bits for PS256, found a P-256 key; ES256 takes it',
    )
  })

  it('Ed25519 by both of its names', async () => {
    const pem = aKey('Ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    for (const algorithm of ['EdDSA', 'Ed25519'])
      expect((await settingsWith(pem, { algorithm })).signingKeys[0]?.jwk['alg']).toBe(algorithm)
  })
})

describe('keys of clients', () => {
  it('are in the file, in a file beside it, or nowhere here', async () => {
    const { clientKeys } = await settingsWith(jwkOf(), {}, [
      { client_id: 'inline', jwks: published(aKey('ES256', 'inline')) },
      { client_id: 'file', jwks_file: 'client.jwks.json' },
      { client_id: 'remote', jwks_uri: 'https://client.example/jwks' },
    ])
    expect([...clientKeys.fixed.keys()]).toEqual(['inline', 'file'])
    expect(clientKeys.fixed.get('inline')).toEqual(published(aKey('ES256', 'inline')))
  })

  it.each([
    ['symmetric', { kty: 'oct', k: 'AAAA' }],
    ['private', P256.export({ format: 'jwk' })],
    ['for encryption', { ...aKey('ES256').jwk, use: 'enc' }],
    ['of an algorithm that we do not have', { ...aKey('ES256').jwk, alg: 'ES256K' }],
    ['without a coordinate', { kty: 'EC', crv: 'P-256', x: aKey('ES256').jwk['x'] }],
  ])('not a set whose one key is %s', async (_, jwk) => {
    const given = settingsWith(jwkOf(), {}, [{ client_id: 'c', jwks: { keys: [jwk] } }])
    await expect(given).rejects.toThrow(/clients\[0\]\.jwks: expected a JWK set with a usable public key/)
  })
})

async function settingsWith(
  key: string,
  changes: object = {},
  clients: readonly object[] = [],
): Promise<Settings> {
  writeFileSync(join(folder, 'key'), key)
  writeFileSync(join(folder, 'issuer.jwks.json'), JSON.stringify(published(aKey())))
  writeFileSync(join(folder, 'client.jwks.json'), JSON.stringify(published(aKey('ES256', 'file'))))
  const config = {
    upstreams: { bank: { url: 'http://127.0.0.1:1' } },
    routes: ROUTES,
    signing: { key: 'key', key_id: 'one', algorithm: 'ES256', ...changes },
    clients,
  }
  const file = join(folder, 'gateway.yaml')
  writeFileSync(file, JSON.stringify(await completed(config), null, 2))
  return readSettings(loadDocument(file))
}
