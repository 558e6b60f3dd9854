import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Signer, SigningAlgorithm } from '../../../src/domain/ports.ts'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { canSign, keyText, signatureOf } from '../../../src/verify/jose/sign.ts'
import { signedJwt } from '../../../src/verify/jose/signed-jwt.ts'
import { type AlgorithmName, aKey } from '../../support/keys.ts'

const WAYS: readonly (readonly [SigningAlgorithm, AlgorithmName])[] = [
  ['ES256', 'ES256'],
  ['ES384', 'ES384'],
  ['EdDSA', 'EdDSA'],
  ['Ed25519', 'Ed25519'],
  ['PS256', 'PS256'],
  ['PS512', 'PS256'],
]

describe('signedJwt', () => {
  it.each(WAYS)('%s: jose verifies it', async (algorithm, made) => {
    const { privateKey, jwk } = aKey(made, 'signing')
    const jwt = signedJwt(signerOf(algorithm, made), 'example+jwt', { sub: 'Zoë', n: 1 })
    const { payload, protectedHeader } = await jwtVerify(jwt as string, { ...jwk, alg: algorithm })
    expect(protectedHeader).toEqual({ typ: 'example+jwt', alg: algorithm, kid: 'k' })
    expect(payload).toEqual({ sub: 'Zoë', n: 1 })
    expect(canSign(algorithms.get(algorithm)!, privateKey)).toBe(true)
  })

  it('takes what a signer gives out of the midst of its own memory', async () => {
    const local = signerOf('ES256', 'ES256')
    const pooled: Signer = {
      ...local,
      sign: (octets) => {
        const memory = new Uint8Array(96).fill(7)
        memory.set(local.sign(octets) as Uint8Array, 16)
        return memory.subarray(16, 80)
      },
    }
    const jwt = await signedJwt(pooled, 'JWT', { a: 1 })
    expect((await jwtVerify(jwt, aKey('ES256', 'signing').jwk)).payload).toEqual({ a: 1 })
  })

  it('waits for a signer that is elsewhere, and fails where it does', async () => {
    const local = signerOf('ES256', 'ES256')
    const remote: Signer = { ...local, sign: async (octets) => local.sign(octets) }
    const jwt = await signedJwt(remote, 'JWT', { a: 1 })
    expect((await jwtVerify(jwt, aKey('ES256', 'signing').jwk)).payload).toEqual({ a: 1 })
    const away: Signer = { ...local, sign: () => Promise.reject(new Error('away')) }
    await expect(signedJwt(away, 'JWT', {})).rejects.toThrow('away')
    const broken: Signer = {
      ...local,
      sign: () => {
        throw new Error('broken')
      },
    }
    await expect(signedJwt(broken, 'JWT', {})).rejects.toThrow('broken')
  })
})

describe('canSign', () => {
  it('one key, one kind of algorithm', () => {
    for (const [algorithm] of WAYS) {
      const fitting = (['ES256', 'ES384', 'Ed25519', 'PS256'] as const).filter((made) =>
        canSign(algorithms.get(algorithm)!, aKey(made).privateKey),
      )
      expect([algorithm, fitting]).toEqual([algorithm, [FITTING[algorithm]]])
    }
  })

  it('not a public key', () => {
    expect(canSign(algorithms.get('ES256')!, createPublicKey(aKey('ES256').privateKey))).toBe(false)
  })

  it('not RSA of 2047 bits (RFC 7518 §3.3, §3.5)', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2047 })
    expect(canSign(algorithms.get('PS256')!, privateKey)).toBe(false)
    expect(keyText(privateKey)).toBe('an RSA key of 2047 bits')
  })
})

it('a key is told by its type and its size', () => {
  expect(keyText(aKey('Ed25519').privateKey)).toBe('an Ed25519 key')
  expect(keyText(aKey('ES384').privateKey)).toBe('a P-384 key')
  expect(keyText(aKey('ES512').privateKey)).toBe('a P-521 key')
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  expect(keyText(koblitz.privateKey)).toBe('a secp256k1 key')
  expect(keyText(generateKeyPairSync('x25519').privateKey)).toBe('a key of type x25519')
})

function signerOf(algorithm: SigningAlgorithm, made: AlgorithmName): Signer {
  const { privateKey } = aKey(made, 'signing')
  const how = algorithms.get(algorithm)!
  return { keyId: 'k', algorithm, sign: (octets) => signatureOf(how, privateKey, octets) }
}

const FITTING = {
  ES256: 'ES256',
  ES384: 'ES384',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
  PS256: 'PS256',
  PS512: 'PS256',
}
