import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { importPublicKey, readPublicJwk } from '../../../src/verify/jose/public-key.ts'
import { verifies } from '../../../src/verify/jose/signature.ts'
import { signatureOf } from '../../support/jws.ts'
import { type AlgorithmName, aKey, type SigningKey } from '../../support/keys.ts'

const NAMES: readonly AlgorithmName[] = ['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA', 'PS256', 'RS256']
const publicKey = ({ jwk, alg }: SigningKey) => importPublicKey(readPublicJwk(jwk, algorithms.get(alg)!)!)!
const check = (name: AlgorithmName, signature: Buffer, signed = 'a.b') =>
  verifies(algorithms.get(name)!, publicKey(aKey(name)), signed, signature)

describe('verifies (RFC 7515 §5.2)', () => {
  it.each(NAMES)('takes a signature with %s, and not another text, octet or length', (name) => {
    const signature = signatureOf('a.b', aKey(name))
    const flipped = Buffer.from(signature)
    flipped[5]! ^= 1
    expect(check(name, signature)).toBe(true)
    expect(check(name, signature, 'a.c')).toBe(false)
    expect(check(name, flipped)).toBe(false)
    expect(check(name, signature.subarray(1))).toBe(false)
    expect(check(name, Buffer.concat([signature, Buffer.of(0)]))).toBe(false)
    expect(check(name, Buffer.alloc(0))).toBe(false)
  })

  it('refuses the DER form of an ECDSA signature (RFC 7518 §3.4)', () => {
    expect(check('ES256', sign('sha256', Buffer.from('a.b'), aKey('ES256').privateKey))).toBe(false)
  })

  it('refuses r = s = 0 (CVE-2022-21449)', () => {
    expect(check('ES256', Buffer.alloc(64))).toBe(false)
  })

  it.each([0, 20, 31, 222])('refuses a salt of %i octets with PS256 (RFC 7518 §3.5)', (saltLength) => {
    const key = aKey('PS256').privateKey
    expect(check('PS256', sign('sha256', Buffer.from('a.b'), { key, padding: 6, saltLength }))).toBe(false)
  })

  it.each(['PS256', 'RS256'] as const)('refuses %s without its leading zero (RFC 8017 §8.1.2)', (name) => {
    let signed = 0
    let signature = signatureOf(`${signed}`, aKey(name))
    while (signature[0] !== 0) signature = signatureOf(`${++signed}`, aKey(name))
    expect(check(name, signature, `${signed}`)).toBe(true)
    expect(check(name, signature.subarray(1), `${signed}`)).toBe(false)
  })

  it('takes one whose modulus fills no whole number of octets', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2060 })
    const signature = sign('sha256', Buffer.from('a.b'), { key: privateKey, padding: 6, saltLength: 32 })
    expect(signature.length).toBe(258)
    expect(verifies(algorithms.get('PS256')!, publicKey, 'a.b', signature)).toBe(true)
  })

  it.each([8191, 8192, 8193, 20_000])('reads a text of %i octets to its end', (length) => {
    const text = 'a'.repeat(length)
    const signature = signatureOf(text, aKey('ES256'))
    expect(check('ES256', signature, text)).toBe(true)
    expect(check('ES256', signature, `${text.slice(1)}b`)).toBe(false)
    expect(check('ES256', signature, `${text}a`)).toBe(false)
    expect(check('ES256', signature, text.slice(1))).toBe(false)
  })

  it('refuses what another kind of key signed, though it is as long as a signature of that algorithm (RFC 8725 §3.1)', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'secp224r1' })
    let der = Buffer.alloc(0)
    while (der.length !== 64) der = sign('sha256', Buffer.from('a.b'), pair.privateKey)
    expect(verifies(algorithms.get('EdDSA')!, pair.publicKey, 'a.b', der)).toBe(false)
  })

  it.each(['ES256', 'EdDSA', 'PS256'] as const)(
    'takes nothing with %s from an OpenSSL that cannot tell',
    (name) => {
      const unable = { ...algorithms.get(name)!, digest: 'none that there is' }
      expect(verifies(unable, publicKey(aKey(name)), 'a.b', signatureOf('a.b', aKey(name)))).toBe(false)
    },
  )

  it('refuses a key of another type, and a private one', () => {
    const { privateKey } = aKey('ES256')
    const signature = signatureOf('a.b', aKey('ES256'))
    expect(verifies(algorithms.get('ES256')!, publicKey(aKey('Ed25519')), 'a.b', signature)).toBe(false)
    expect(verifies(algorithms.get('ES256')!, privateKey, 'a.b', signature)).toBe(false)
  })
})
