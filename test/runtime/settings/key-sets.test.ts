import { describe, expect, it } from 'vitest'
import { readKeySet } from '../../../src/runtime/settings/key-sets.ts'
import { Materials } from '../../../src/services/materials/materials.ts'
import { aKey, published } from '../../support/keys.ts'

const { jwk, privateKey } = aKey('ES256', 'set')
const secret = privateKey.export({ format: 'jwk' })
const set = (...keys: unknown[]) => ({ keys })

describe('a JWK set', () => {
  it('is taken with one key that can be used, whatever stands beside it', () => {
    expect(objection(set({ kty: 'oct', k: 'AAAA' }, jwk, secret))).toBe('')
    expect(objection(published(aKey('RS256')))).toBe('')
  })

  it.each([
    ['no object', 7, '7'],
    ['an object of another kind', { issuer: 'x' }, 'an object without a list `keys`'],
    ['a key alone', jwk, 'a single JWK; `{ "keys": [ … ] }` around it makes a set'],
    ['nobody', set(), 'an empty set'],
    [
      'private keys',
      set({ ...secret, kid: 'x' }),
      'none in it: "x": a private key; only the public part of a key belongs there',
    ],
    ['a symmetric key', set({ kty: 'oct', k: 'AAAA', kid: 'x' }), 'none in it: "x": oct'],
    ['a key without a name', set({ kty: 'oct', k: 'AAAA' }), 'none in it: oct'],
    ['a key for encryption', set({ ...jwk, kid: 'x', use: 'enc' }), 'none in it: "x": P-256 with `use` enc'],
    ['no keys', set(1, { alg: 'a b' }), 'none in it: no JWK, of no known type'],
    [
      'many keys of another algorithm',
      set(...'abcde'.split('').map((kid) => ({ ...jwk, kid, alg: 'ES256K' }))),
      'none in it: "a": ES256K, "b": ES256K, "c": ES256K and 2 more',
    ],
  ])('is not %s', (_, document, found) => {
    expect(objection(document)).toBe(`expected a JWK set with a usable public key, found ${found}`)
  })
})

describe('a JWK set for some algorithms', () => {
  it('is taken with a key for one of them, under either name', () => {
    expect(objection(published(aKey('RS256'), aKey('ES256')), ['ES256'])).toBe('')
    expect(objection(published(aKey('Ed25519')), ['EdDSA'])).toBe('')
    expect(objection(set({ ...aKey('RS256').jwk, kid: 'x' }), ['PS256'])).toBe('')
  })

  it('is not one of keys for others', () => {
    expect(objection(set({ ...aKey('RS256').jwk, kid: 'x', alg: 'RS256' }), ['PS256', 'ES256'])).toBe(
      'expected a JWK set with a usable public key, found keys for other algorithms: "x": RS256; `algorithms` has PS256, ES256',
    )
    expect(objection(set({ ...aKey('ES384').jwk, kid: 'x' }), ['ES256'])).toContain('"x": P-384')
  })
})

/** What is said of it; '' where it is taken. */
function objection(document: unknown, accepted?: readonly string[]): string {
  const materials = new Materials()
  const taken = readKeySet(document, [], materials, accepted)
  if (materials.faults.length === 0) expect(taken).toBe(document)
  return materials.faults
    .map(({ expected, found, hint }) =>
      [`expected ${expected}, found ${found}`, ...(hint === undefined ? [] : [hint])].join('; '),
    )
    .join()
}
