import { describe, expect, it } from 'vitest'
import {
  algorithmNamed,
  allowSignatures,
  registeredName,
} from '../../../src/verify/message-signature/signature-algorithms.ts'

describe('the names of algorithms (RFC 9421 §3.3)', () => {
  it('of either registry may be allowed; what cannot be allowed is left out', () => {
    const names = ['hmac-sha256', 'none', 'HS256', 'ed25519', 'rsa-pss-sha512', 'PS256']
    expect([...allowSignatures(names).keys()]).toEqual(['Ed25519', 'PS512', 'PS256'])
  })

  it('alg names the one that it is registered for, and no other (§3.3.7)', () => {
    const eddsa = allowSignatures(['EdDSA'])
    expect(algorithmNamed('ed25519', eddsa)?.name).toBe('EdDSA')
    for (const alg of ['ecdsa-p256-sha256', 'rsa-pss-sha512', 'hmac-sha256', 'EdDSA'])
      expect(algorithmNamed(alg, eddsa), alg).toBeUndefined()
  })

  it.each([
    ['ES256', 'ecdsa-p256-sha256'],
    ['ES384', 'ecdsa-p384-sha384'],
    ['Ed25519', 'ed25519'],
    ['EdDSA', 'ed25519'],
    ['PS512', 'rsa-pss-sha512'],
    ['RS256', 'rsa-v1_5-sha256'],
    ['PS256', undefined],
    ['ed25519', undefined],
  ])('%s is registered as %s', (name, registered) => {
    expect(registeredName(name)).toBe(registered)
  })
})
