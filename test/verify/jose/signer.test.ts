import { describe, expect, it } from 'vitest'
import { parseCompactJwt } from '../../../src/codec/compact-jws.ts'
import type { KeySource } from '../../../src/domain/ports.ts'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import type { VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { findSigner } from '../../../src/verify/jose/signer.ts'
import { aJws } from '../../support/jws.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { keySource } from '../../support/token.ts'

const KEY = aKey('ES256')
const OURS = verificationKeys(KEY)

function found(
  kid: unknown,
  keys: KeySource<VerificationKey> = keySource(OURS),
  maySign?: (key: VerificationKey) => boolean,
) {
  const jwt = parseCompactJwt(aJws({ alg: 'ES256', kid }, { a: 1 }, KEY))!
  const answer = findSigner(jwt, algorithms.get('ES256')!, keys, maySign)
  return typeof answer === 'string' ? answer : answer.kid
}

describe('findSigner', () => {
  it('finds the key by its name, or among all where none is named', () => {
    expect([found(KEY.kid), found(undefined)]).toEqual([KEY.kid, KEY.kid])
  })

  it.each([
    [1024, 'ask'],
    [1025, 'absent'],
  ])('a name of %i characters: %s', (length, expected) => {
    expect(found('k'.repeat(length), keySource([], 'ask'))).toBe(expected)
  })

  it('a name that is no text is nobody’s', () => {
    expect(found(7, keySource([], 'ask'))).toBe('absent')
  })

  it('a key that is for another algorithm is not tried, though it signed (RFC 8725 §3.1)', () => {
    const [key] = OURS
    for (const other of [{ alg: 'ES384' }, { crv: 'P-384' }, { kty: 'OKP', crv: 'Ed25519' } as const])
      expect(found(KEY.kid, keySource([{ ...key!, ...other }], 'absent'))).toBe('absent')
  })

  it('keys of a shared set that may not sign are not tried', () => {
    const keys = keySource(OURS, 'absent')
    expect(found(KEY.kid, keys, () => false)).toBe('absent')
    expect(found(KEY.kid, keys, ({ kid }) => kid === KEY.kid)).toBe(KEY.kid)
  })

  it.each([
    [4, KEY.kid],
    [5, 'mismatch'],
  ])('as number %i of those that may have signed (FAPI2-SP §5.4.3)', (place, expected) => {
    const others = Array.from({ length: place - 1 }, (_, at) => aKey('ES256', `other ${at}`))
    expect(found(undefined, keySource(verificationKeys(...others, KEY)))).toBe(expected)
  })
})
