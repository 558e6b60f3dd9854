import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Signer, SigningAlgorithm } from '../../../src/domain/ports.ts'
import {
  LocalSigner,
  publishedJwk,
  type SigningKey,
  SigningKeys,
} from '../../../src/services/signing/signing-keys.ts'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { verifies } from '../../../src/verify/jose/signature.ts'
import { type AlgorithmName, aKey } from '../../support/keys.ts'

const BASE = 'octets to be signed'
const NOW = 1_800_000_000

describe('LocalSigner', () => {
  const ways: readonly (readonly [SigningAlgorithm, AlgorithmName])[] = [
    ['ES256', 'ES256'],
    ['ES384', 'ES384'],
    ['EdDSA', 'EdDSA'],
    ['Ed25519', 'Ed25519'],
    ['PS256', 'PS256'],
    ['PS512', 'PS256'],
  ]

  it.each(ways)('signs with %s what the published key verifies, and no other', (algorithm, made) => {
    const { privateKey } = aKey(made, 'signing')
    const signer = new LocalSigner('k', algorithm, privateKey)
    const signature = Buffer.from(signer.sign(Buffer.from(BASE)) as Uint8Array)
    expect([signer.keyId, signer.algorithm]).toEqual(['k', algorithm])
    const [key, ...others] = readJwkSet({ keys: [publishedJwk('k', algorithm, privateKey)] })!
    expect([key?.kid, key?.alg, others]).toEqual(['k', algorithm, []])
    expect(verifies(algorithms.get(algorithm)!, key!.key, BASE, signature)).toBe(true)
    expect(verifies(algorithms.get(algorithm)!, key!.key, `${BASE}.`, signature)).toBe(false)
    const other = createPublicKey(aKey(made, 'another').privateKey)
    expect(verifies(algorithms.get(algorithm)!, other, BASE, signature)).toBe(false)
  })

  it('publishes no private part', () => {
    const jwk = publishedJwk('k', 'PS256', aKey('PS256').privateKey)
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  })
})

describe('SigningKeys', () => {
  it('of several without times the first signs, and all are published', () => {
    const keys = new SigningKeys([key('one'), key('two')])
    expect(current(keys)).toBe('one')
    expect(keys.jwks.keys.map(({ kid }) => kid)).toEqual(['one', 'two'])
    expect(['two', 'none'].map((keyId) => keys.published(keyId)?.['kid'])).toEqual(['two', undefined])
    expect(keys.source(null).algorithms('api.bank.example')).toEqual(['ES256'])
  })

  it('rotate: the new one is published before its turn and the old one after', () => {
    const keys = new SigningKeys([
      key('old', { signUntil: NOW + 100 }),
      key('new', { signFrom: NOW }),
      key('next', { signFrom: NOW + 200 }),
    ])
    expect(current(keys, NOW - 1)).toBe('old')
    expect(current(keys, NOW)).toBe('new')
    expect(current(keys, NOW + 199)).toBe('new')
    expect(current(keys, NOW + 200)).toBe('next')
    expect(keys.jwks.keys.map(({ kid }) => kid)).toEqual(['old', 'new', 'next'])
  })

  it('nobody signs where nobody has a turn', () => {
    const keys = new SigningKeys([key('past', { signUntil: NOW }), key('to come', { signFrom: NOW + 1 })])
    expect(current(keys)).toBeUndefined()
    expect(current(new SigningKeys([]))).toBeUndefined()
  })

  it('a key that names the host goes before those for all, also where it may not sign now', () => {
    const keys = new SigningKeys([
      key('payments', { hosts: ['pay.bank.example'] }),
      key('test', { hosts: ['test.bank.example:8443'], signFrom: NOW + 1 }),
      key('all'),
    ])
    expect(current(keys, NOW, 'api.bank.example')).toBe('all')
    expect(current(keys, NOW, 'pay.bank.example')).toBe('payments')
    expect(current(keys, NOW, 'pay.bank.example:9443')).toBe('payments')
    expect(current(keys, NOW, 'test.bank.example:8443')).toBeUndefined()
    expect(current(keys, NOW, 'test.bank.example')).toBe('all')
  })

  it('what comes from elsewhere and the published key does not verify has failed', async () => {
    const [ours, another] = [aKey('ES256', 'signing'), aKey('ES256', 'another')]
    const jwk = publishedJwk('k', 'ES256', ours.privateKey)
    const signedBy = async ({ privateKey }: typeof ours) => {
      const { sign } = new LocalSigner('k', 'ES256', privateKey)
      const signer: Signer = { keyId: 'k', algorithm: 'ES256', sign: async (octets) => sign(octets) }
      const keys = new SigningKeys([key('k', { signer, jwk })])
      return keys.source(null).current('api.bank.example', NOW)!.sign(Buffer.from(BASE))
    }
    expect(await signedBy(ours)).toHaveLength(64)
    await expect(signedBy(another)).rejects.toThrow('a signature that the published key does not verify')
  })

  it('those that a route names, whatever the host', () => {
    const keys = new SigningKeys([key('all'), key('a', { hosts: ['x.example'] }), key('b')])
    const source = keys.source(['b', 'a'])
    expect(source.current('api.bank.example', NOW)?.keyId).toBe('a')
    expect(keys.source(['gone']).current('api.bank.example', NOW)).toBeUndefined()
  })
})

function key(kid: string, changes: Partial<SigningKey> = {}): SigningKey {
  const { privateKey } = aKey('ES256', 'signing')
  return {
    signer: new LocalSigner(kid, 'ES256', privateKey),
    jwk: publishedJwk(kid, 'ES256', privateKey),
    hosts: null,
    signFrom: null,
    signUntil: null,
    ...changes,
  }
}

function current(keys: SigningKeys, now = NOW, authority = 'api.bank.example'): string | undefined {
  return keys.source(null).current(authority, now)?.keyId
}
