import { describe, expect, it } from 'vitest'
import { algorithms, allow, withBothNames } from '../../../src/verify/jose/algorithms.ts'

describe('the table of algorithms', () => {
  it.each(['none', 'None', 'HS256', 'HS384', 'HS512', 'ES256K', 'Ed448', 'RSA1_5', ''])(
    'has no entry for %j',
    (name) => {
      expect(algorithms.has(name)).toBe(false)
    },
  )

  it('cannot be widened by an allow-list', () => {
    expect([...allow(['none', 'HS256', 'ES256', 'constructor']).keys()]).toEqual(['ES256'])
  })

  it('orders the salt of RSASSA-PSS to be as long as the digest (RFC 7518 §3.5)', () => {
    expect(['PS256', 'PS384', 'PS512'].map((name) => algorithms.get(name)?.saltLength)).toEqual([32, 48, 64])
  })

  it('who accepts EdDSA accepts Ed25519, and not the other way round (RFC 9864 §2.2)', () => {
    expect(withBothNames(['ES256', 'EdDSA'])).toEqual(['ES256', 'EdDSA', 'Ed25519'])
    expect(withBothNames(['Ed25519', 'EdDSA'])).toEqual(['Ed25519', 'EdDSA'])
    expect(withBothNames(['Ed25519'])).toEqual(['Ed25519'])
    expect(withBothNames(['ES256'])).toEqual(['ES256'])
  })
})
