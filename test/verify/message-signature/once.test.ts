import { describe, expect, it } from 'vitest'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { onceOf } from '../../../src/verify/message-signature/once.ts'
import type { MessageSignature } from '../../../src/verify/message-signature/verify.ts'
import { NOW } from '../../support/clock.ts'
import { aKey } from '../../support/keys.ts'
import { aSignature, clientKey, type SignatureChanges } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'
import { ES256, judge, REQUEST, rules } from './verify-world.ts'

describe('what may be used once (RFC 9421 §7.2.2)', () => {
  const once = (changes: SignatureChanges, method = 'POST', how = rules()) => {
    const [signature] = judge(aSignature(REQUEST, changes)) as readonly MessageSignature[]
    return onceOf(signature!, how, method)
  }

  it('the nonce where there is one, else what is signed', () => {
    const spent = { jkt: `signature ${ES256.jkt}`, jti: 'nonce n', madeAt: NOW }
    expect(once({ parameters: { nonce: 'n' } })).toEqual(spent)
    expect(once({})!.jti).toMatch(/^base /)
    expect(once({})!.jti).toBe(once({})!.jti)
    expect(once({})!.jti).not.toBe(once({ parameters: { created: NOW - 1 } })!.jti)
  })

  it('reading without a nonce may be done again, unless the profile says otherwise', () => {
    expect(once({}, 'GET')).toBeNull()
    expect(once({}, 'GET', rules({ once: 'all' }))).not.toBeNull()
    expect(once({ parameters: { nonce: 'n' } }, 'GET')).not.toBeNull()
  })

  it('is used up also where the entry of the key set is written anew', () => {
    const signature = (entry: object) => {
      const keys = readJwkSet({ keys: [{ ...clientKey().jwk, ...entry }] })!
      const signer = { owner: 'tpp-1', keys: keySource(keys, 'absent') }
      const [verified] = judge(aSignature(REQUEST, {}), { signer }) as readonly MessageSignature[]
      return onceOf(verified!, rules(), 'POST')
    }
    const { kid } = clientKey()
    expect(signature({ kid, alg: 'ES256', use: 'sig' })).toEqual(signature({ kid }))
  })

  it('the same nonce of another key is another', () => {
    const nonce = { nonce: 'n' }
    expect(once({ parameters: nonce })!.jkt).not.toBe(
      once({ parameters: nonce, key: aKey('Ed25519', 'c') })!.jkt,
    )
  })
})
