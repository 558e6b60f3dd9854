import { describe, expect, it } from 'vitest'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { namesTwice, readJwkSet, suits } from '../../../src/verify/jose/jwk-set.ts'
import { aKey, published, verificationKeys } from '../../support/keys.ts'

const { jwk } = aKey('ES256')
const kids = (...entries: readonly unknown[]) => readJwkSet({ keys: entries })?.map((key) => key.kid)

describe('readJwkSet (RFC 7517 §5)', () => {
  it('reads the usable keys, in their order', () => {
    const [first, second] = verificationKeys(aKey('ES256'), aKey('PS256'))
    expect(first).toMatchObject({ kid: 'ES256-first', alg: 'ES256', kty: 'EC', crv: 'P-256' })
    expect(second).toMatchObject({ kid: 'PS256-first', alg: 'PS256', kty: 'RSA', crv: null })
  })

  it('needs neither kid nor alg nor use', () => {
    expect(readJwkSet({ keys: [jwk] })).toMatchObject([{ kid: null, alg: null, issuer: null }])
  })

  it('keeps for whom a key of a shared set signs', () => {
    const issuer = 'https://as.bank.example/{tenant}'
    expect(readJwkSet({ keys: [{ ...jwk, issuer }] })).toMatchObject([{ issuer }])
  })

  it.each([
    ['for encryption', { ...jwk, use: 'enc' }],
    ['for other operations', { ...jwk, key_ops: ['encrypt'] }],
    ['with operations that are no list', { ...jwk, key_ops: 'verify' }],
    ['of an unknown algorithm', { ...jwk, alg: 'ES256K' }],
    ['of an algorithm that does not fit', { ...jwk, alg: 'ES384' }],
    ['with a kid that is no text', { ...jwk, kid: 7 }],
    ['with an issuer that is no text', { ...jwk, issuer: ['https://as.bank.example'] }],
    ['private', { ...jwk, d: 'AA' }],
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }],
    ['off the curve', { ...jwk, y: jwk.x }],
    ['of an unknown curve', { ...jwk, crv: 'secp256k1' }],
    ['without a type', { ...jwk, kty: undefined }],
    ['that are no objects', 'key'],
  ])('passes over keys %s', (_, entry) => {
    expect(kids(entry, { ...jwk, kid: 'good' })).toEqual(['good'])
  })

  it('reads a hundred entries and no more', () => {
    expect(readJwkSet({ keys: Array.from({ length: 101 }, () => aKey('Ed25519').jwk) })).toHaveLength(100)
  })

  it.each([null, [], 'keys', {}, { keys: {} }])('refuses %j, which is no JWK set', (document) => {
    expect(readJwkSet(document)).toBeUndefined()
  })

  it('names one and the same entry alike in two editions of a set', () => {
    const identity = () => readJwkSet(structuredClone(published(aKey('ES256'))))?.[0]?.identity
    expect(identity()).toBe(identity())
  })

  it('names it otherwise where anything that is said of the key is another', () => {
    const entries = [{}, { kid: 'a' }, { kid: 'b' }, { alg: 'ES256' }, { issuer: 'https://as.bank.example' }]
    const keys = readJwkSet({
      keys: [...entries.map((more) => ({ ...jwk, ...more })), aKey('ES256', 'b').jwk],
    })
    expect(new Set(keys?.map(({ identity }) => identity)).size).toBe(6)
  })
})

describe('namesTwice (FAPI2-SP §5.4.2(3))', () => {
  it('gives each name that several entries have, once, whatever the entries are for', () => {
    const set = (...kids: unknown[]) => ({ keys: kids.map((kid) => ({ kid })) })
    expect(namesTwice(set('a', 'b', 'a', 'c', 'a', 'c'))).toEqual(['a', 'c'])
    expect(
      namesTwice({
        keys: [
          { kid: 'a', use: 'enc' },
          { kid: 'a', use: 'sig' },
        ],
      }),
    ).toEqual(['a'])
    expect(namesTwice(set('a', 'b'))).toEqual([])
  })

  it.each([[{ keys: [{}, {}, { kid: 7 }, { kid: 7 }, null] }], [{ keys: 'a' }], [null], ['keys']])(
    'gives none of %j',
    (document) => {
      expect(namesTwice(document)).toEqual([])
    },
  )
})

describe('suits (RFC 8725 §3.1)', () => {
  const fits = (entry: object, name: string) =>
    readJwkSet({ keys: [entry] })!.map((key) => suits(key, algorithms.get(name)!))[0]

  it('binds a key to its one algorithm, and to those of its type where it states none', () => {
    const { jwk: rsa } = aKey('PS256')
    expect(fits({ ...rsa, alg: 'RS256' }, 'PS256')).toBe(false)
    expect(fits({ ...rsa, alg: 'PS256' }, 'PS256')).toBe(true)
    expect(fits(rsa, 'PS256')).toBe(true)
    expect(fits(rsa, 'ES256')).toBe(false)
    expect(fits(jwk, 'ES384')).toBe(false)
  })

  it('takes EdDSA and Ed25519 for one (RFC 9864 §2.2)', () => {
    const { jwk: edwards } = aKey('Ed25519')
    expect(fits({ ...edwards, alg: 'EdDSA' }, 'Ed25519')).toBe(true)
    expect(fits({ ...edwards, alg: 'Ed25519' }, 'EdDSA')).toBe(true)
  })
})
