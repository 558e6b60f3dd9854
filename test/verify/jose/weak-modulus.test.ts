import { describe, expect, it } from 'vitest'
import { hasWeakModulus } from '../../../src/verify/jose/weak-modulus.ts'
import { aKey } from '../../support/keys.ts'
import { vectors } from '../../support/vectors.ts'

interface Group {
  readonly comment: string
  readonly public?: { readonly keys: readonly { readonly n: string }[] }
}

describe('hasWeakModulus (CVE-2017-15361)', () => {
  it('knows the key of Wycheproof', () => {
    const { testGroups } = vectors<{ readonly testGroups: readonly Group[] }>(
      'wycheproof/json_web_key_test.json',
    )
    const n = testGroups.find(({ comment }) => comment === 'jws_rsa_roca_key')?.public?.keys[0]?.n
    expect(hasWeakModulus(Buffer.from(n!, 'base64url'))).toBe(true)
  })

  it('lets a sound key pass', () => {
    expect(hasWeakModulus(Buffer.from(aKey('PS256').jwk['n']!, 'base64url'))).toBe(false)
    expect(hasWeakModulus(Buffer.alloc(0))).toBe(false)
  })
})
