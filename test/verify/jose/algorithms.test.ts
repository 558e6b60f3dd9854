import { describe, expect, it } from 'vitest'
import { algorithms, allow } from '../../../src/verify/jose/algorithms.ts'

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
})
