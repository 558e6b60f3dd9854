import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { hasPrivatePart, importPublicKey, readPublicJwk } from '../../../src/verify/jose/public-key.ts'
import { type AlgorithmName, aKey } from '../../support/keys.ts'

const read = (jwk: unknown, name: AlgorithmName) => readPublicJwk(jwk, algorithms.get(name)!)
const { jwk: ec } = aKey('ES256')
const { jwk: edwards } = aKey('Ed25519')
const { jwk: rsa } = aKey('PS256')

describe('readPublicJwk', () => {
  it.each<AlgorithmName>(['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA', 'PS256', 'RS256'])(
    'reads a key for %s',
    (name) => {
      expect(read(aKey(name).jwk, name)).toEqual(aKey(name).jwk)
    },
  )

  it('takes what a key says of its use, where it fits (RFC 7517 §4.2 to §4.4)', () => {
    expect(read({ ...ec, use: 'sig', key_ops: ['verify'], alg: 'ES256' }, 'ES256')).toBeDefined()
    expect(read({ ...edwards, alg: 'EdDSA' }, 'Ed25519')).toBeDefined()
  })

  it.each([
    ['exponent three', { ...rsa, e: 'Aw' }],
    ['an exponent of four octets', { ...rsa, e: 'AQAAAQ' }],
    ['a modulus of 8192 bits', { ...rsa, n: Buffer.alloc(1024, 255).toString('base64url') }],
    ['a modulus of 2048 bits', { ...rsa, n: Buffer.alloc(256, 128).toString('base64url') }],
  ])('reads an RSA key with %s', (_, jwk) => {
    expect(read(jwk, 'PS256')).toEqual(jwk)
  })

  it('keeps the required members alone, so that its thumbprint is the key’s', () => {
    expect(read({ ...ec, kid: 'k', alg: 'ES256', use: 'sig', x5c: [] }, 'ES256')).toEqual(ec)
  })

  it.each<[string, unknown, AlgorithmName]>([
    ['no object', 'key', 'ES256'],
    ['an array', [ec], 'ES256'],
    ['null', null, 'ES256'],
    ['another type', edwards, 'ES256'],
    ['another type, with members of this one', { ...ec, kty: 'OKP' }, 'ES256'],
    ['no type', { ...ec, kty: undefined }, 'ES256'],
    ['another curve', aKey('ES384').jwk, 'ES256'],
    ['a curve for key agreement', { ...edwards, crv: 'X25519' }, 'EdDSA'],
    ['another Edwards curve', { ...edwards, crv: 'Ed448' }, 'EdDSA'],
    ['a private key', { ...ec, d: 'AA' }, 'ES256'],
    ['a key for encryption', { ...ec, use: 'enc' }, 'ES256'],
    ['a key for signing alone', { ...ec, key_ops: ['sign'] }, 'ES256'],
    ['operations that are no list', { ...ec, key_ops: 'verify' }, 'ES256'],
    ['a key for another algorithm', { ...rsa, alg: 'RS256' }, 'PS256'],
    ['a key of another type for EdDSA', { ...ec, alg: 'EdDSA' }, 'ES256'],
    ['an Edwards key for another type', { ...edwards, alg: 'ES256' }, 'EdDSA'],
    ['an algorithm that is no text', { ...ec, alg: ['ES256'] }, 'ES256'],
    ['no x', { ...ec, x: undefined }, 'ES256'],
    ['no y', { ...ec, y: undefined }, 'ES256'],
    ['a number for x', { ...ec, x: 1 }, 'ES256'],
    ['a short coordinate', { ...ec, x: ec.x!.slice(0, 42) }, 'ES256'],
    ['a long coordinate', { ...ec, x: `AA${ec.x}` }, 'ES256'],
    ['padding', { ...ec, x: `${ec.x}=` }, 'ES256'],
    ['stray bits', { ...ec, x: `${ec.x!.slice(0, 42)}B` }, 'ES256'],
    ['the other alphabet', { ...ec, x: `+${ec.x!.slice(1)}` }, 'ES256'],
    ['a short y', { ...ec, y: ec.y!.slice(0, 42) }, 'ES256'],
    ['a long y', { ...ec, y: `AA${ec.y}` }, 'ES256'],
    ['padding of y', { ...ec, y: `${ec.y}=` }, 'ES256'],
    ['stray bits of y', { ...ec, y: ec.y!.replace(/.$/, strayed) }, 'ES256'],
    ['padding of an Edwards key', { ...edwards, x: `${edwards.x}=` }, 'EdDSA'],
    ['stray bits of an Edwards key', { ...edwards, x: edwards.x!.replace(/.$/, strayed) }, 'EdDSA'],
    ['an RSA key without exponent', { ...rsa, e: undefined }, 'PS256'],
    ['exponent one', { ...rsa, e: 'AQ' }, 'PS256'],
    ['an even exponent', { ...rsa, e: 'BA' }, 'PS256'],
    ['an exponent with stray bits', { ...rsa, e: 'Ax' }, 'PS256'],
    ['an exponent with padding', { ...rsa, e: 'Aw==' }, 'PS256'],
    ['a number for the modulus', { ...rsa, n: 5 }, 'PS256'],
    ['a modulus with stray bits', { ...rsa, n: rsa.n!.replace(/.$/, strayed) }, 'PS256'],
    ['a modulus with padding', { ...rsa, n: `${rsa.n}==` }, 'PS256'],
    ['an empty modulus', { ...rsa, n: '' }, 'PS256'],
    ['an empty exponent', { ...rsa, e: '' }, 'PS256'],
    ['an exponent with a leading zero', { ...rsa, e: 'AAEAAQ' }, 'PS256'],
    ['an exponent of five octets', { ...rsa, e: 'AQAAAAE' }, 'PS256'],
    [
      'a modulus with a leading zero',
      { ...rsa, n: Buffer.concat([Buffer.of(0), octets(rsa.n!)]).toString('base64url') },
      'PS256',
    ],
    ['a modulus beyond 8192 bits', { ...rsa, n: Buffer.alloc(1025, 255).toString('base64url') }, 'PS256'],
    ['a modulus of 2047 bits', { ...rsa, n: Buffer.alloc(256, 127).toString('base64url') }, 'PS256'],
    [
      'a modulus of 1024 bits',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
      'PS256',
    ],
  ])('refuses %s', (_, jwk, name) => {
    expect(read(jwk, name)).toBeUndefined()
  })
})

describe('importPublicKey', () => {
  it('refuses a point off the curve (RFC 8725 §3.4)', () => {
    const off = read({ ...ec, y: Buffer.alloc(32, 1).toString('base64url') }, 'ES256')
    expect(off).toBeDefined()
    expect(importPublicKey(off!)).toBeUndefined()
  })

  it('refuses a modulus that can be factored (CVE-2017-15361)', () => {
    const power = (65537n ** 128n).toString(16)
    const n = Buffer.from(power.padStart(power.length + (power.length % 2), '0'), 'hex').toString('base64url')
    const weak = read({ ...rsa, n }, 'PS256')
    expect(weak).toBeDefined()
    expect(importPublicKey(weak!)).toBeUndefined()
    expect(importPublicKey(read(rsa, 'PS256')!)).toBeDefined()
  })
})

describe('hasPrivatePart (RFC 9449 §4.3(7))', () => {
  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('sees %s', (name) => {
    expect(hasPrivatePart({ ...ec, [name]: '' })).toBe(true)
  })

  it('sees none in a public key, nor in what is no key', () => {
    for (const each of [ec, edwards, rsa, null, 'd', ['d']]) expect(hasPrivatePart(each)).toBe(false)
  })
})

/** The next character: as the last of these it has a bit that stands for nothing. */
function strayed(last: string): string {
  return String.fromCharCode(last.charCodeAt(0) + 1)
}

function octets(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
