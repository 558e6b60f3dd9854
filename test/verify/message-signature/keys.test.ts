import { sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Need } from '../../../src/domain/need.ts'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { allowSignatures } from '../../../src/verify/message-signature/signature-algorithms.ts'
import type { MessageSignature } from '../../../src/verify/message-signature/verify.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aSignature } from '../../support/signature.ts'
import { keySource } from '../../support/token.ts'
import { ES256, given, judge, REQUEST, rules, verdict } from './verify-world.ts'

describe('keys and algorithms (RFC 9421 §3.2(5), (6))', () => {
  it.each(['ES256', 'Ed25519', 'PS256'] as const)('%s by its key alone, without alg', (alg) => {
    const key = alg === 'ES256' ? ES256 : aKey(alg, 'c')
    expect(given({ key })).toBe('accepted')
  })

  it.each([
    ['ecdsa-p256-sha256', ES256, 'accepted'],
    ['ed25519', aKey('Ed25519', 'c'), 'accepted'],
    ['rsa-pss-sha512', aKey('PS256', 'c'), 'SIG_ALG'],
    ['PS256', aKey('PS256', 'c'), 'SIG_ALG'],
    ['ecdsa-p384-sha384', aKey('ES384', 'c'), 'SIG_ALG'],
    ['rsa-v1_5-sha256', aKey('RS256', 'c'), 'SIG_ALG'],
  ] as const)('alg %s of the profile fapi2', (alg, key, expected) => {
    expect(given({ key, parameters: { alg } })).toBe(expected)
  })

  it('what the profile admits and the key is not for, or the other way round', () => {
    expect(given({ key: aKey('ES384', 'c') })).toBe('SIG_ALG_MISMATCH')
    expect(given({ key: aKey('RS256', 'c') })).toBe('SIG_ALG_MISMATCH')
    const wide = {
      rules: rules({
        algorithms: allowSignatures(['ecdsa-p384-sha384', 'rsa-v1_5-sha256', 'rsa-pss-sha512']),
      }),
    }
    expect(given({ key: aKey('ES384', 'c'), parameters: { alg: 'ecdsa-p384-sha384' } }, wide)).toBe(
      'accepted',
    )
    expect(given({ key: aKey('RS256', 'c'), parameters: { alg: 'rsa-v1_5-sha256' } }, wide)).toBe('accepted')
    // The key says PS256, so it is not for PS512, whatever the signature says.
    expect(given({ key: aKey('PS256', 'c'), parameters: { alg: 'rsa-pss-sha512' } }, wide)).toBe(
      'SIG_ALG_MISMATCH',
    )
  })

  it('an RSA key that does not say its algorithm determines none where two are admitted', () => {
    const { jwk, kid } = aKey('PS256', 'c')
    const signer = { owner: 'x', keys: keySource(readJwkSet({ keys: [{ ...jwk, kid }] })!, 'absent') }
    const two = rules({ algorithms: allowSignatures(['PS256', 'rsa-pss-sha512']) })
    const key = aKey('PS256', 'c')
    expect(given({ key }, { signer, rules: two })).toBe('SIG_ALG_OPEN')
    expect(given({ key }, { signer })).toBe('accepted')
    expect(given({ key, parameters: { alg: 'rsa-pss-sha512' } }, { signer, rules: two })).toBe('SIG_INVALID')
  })

  it('EdDSA and Ed25519 are one algorithm', () => {
    for (const names of [['EdDSA'], ['Ed25519'], ['EdDSA', 'Ed25519']]) {
      const how = { rules: rules({ algorithms: allowSignatures(names) }) }
      expect(given({ key: aKey('Ed25519', 'c') }, how)).toBe('accepted')
      expect(given({ key: aKey('Ed25519', 'c'), parameters: { alg: 'ed25519' } }, how)).toBe('accepted')
    }
  })

  it('a key of another client is none of this one', () => {
    expect(given({}, { signer: { owner: 'x', keys: keySource([], 'absent') } })).toBe('SIG_KEYID')
  })

  it('another key under the same name', () => {
    const key = { ...aKey('ES256', 'thief'), kid: ES256.kid }
    expect(given({ key })).toBe('SIG_INVALID')
  })

  it('keys that are not known yet are asked for, and an outage is not the fault of the client', async () => {
    let asked: string | null = null
    const keys = {
      ...keySource([], 'ask'),
      ask: (kid: string | null) => {
        asked = kid
        return Promise.resolve(true)
      },
    }
    const need = judge(aSignature(REQUEST), { signer: { owner: 'tpp-1', keys } }) as Need
    expect(outcome(need)).toBe(`NEED keys client tpp-1 ${ES256.kid}`)
    expect(need.otherwise.code).toBe('SIG_KEYS_UNAVAILABLE')
    expect([await need.supply(), asked]).toEqual([true, ES256.kid])
    expect(given({}, { signer: { owner: 'x', keys: keySource([], 'unavailable') } })).toBe(
      'SIG_KEYS_UNAVAILABLE',
    )
  })

  it('without keyid, where the profile does not ask for it, every key of the client may have signed', () => {
    const open = { rules: rules({ requiresKeyid: false }) }
    expect(given({ parameters: { keyid: undefined } }, open)).toBe('accepted')
    expect(given({ parameters: { keyid: undefined }, key: aKey('ES256', 'thief') }, open)).toBe('SIG_INVALID')
  })

  it('a signature in DER, one cut off, one with an octet more', () => {
    const fields = aSignature(REQUEST)
    const octets = Buffer.from(fields[3]!.slice(6, -1), 'base64')
    const [signature] = judge(fields) as readonly MessageSignature[]
    const der = sign('sha256', Buffer.from(signature!.base), ES256.privateKey)
    for (const each of [
      der,
      octets.subarray(1),
      Buffer.concat([octets, Buffer.of(0)]),
      Buffer.alloc(64),
      Buffer.alloc(0),
    ]) {
      fields[3] = `sig1=:${each.toString('base64')}:`
      expect(verdict(fields)).toBe('SIG_INVALID')
    }
  })
})
