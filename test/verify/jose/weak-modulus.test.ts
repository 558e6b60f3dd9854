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

  /** Modulo each of them 65537 has fewer powers than there are residues. */
  const PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map(BigInt)
  const product = PRIMES.reduce((all, prime) => all * prime)
  const octets = (number: bigint) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex')

  it('knows a power of 65537 modulo all of the primes', () => {
    for (let times = 0n; times < 100n; times++)
      expect(hasWeakModulus(octets(times * product + 1n))).toBe(true)
    expect(hasWeakModulus(octets(65537n ** 3n))).toBe(true)
  })

  it.each(PRIMES)('lets pass what is none modulo %s alone', (prime) => {
    const powers = new Set<bigint>()
    for (let power = 1n; !powers.has(power); power = (power * 65537n) % prime) powers.add(power)
    let number = 1n
    while (number % prime === 0n || powers.has(number % prime)) number += product / prime
    expect(hasWeakModulus(octets(number))).toBe(false)
  })

  it('lets a sound key pass', () => {
    expect(hasWeakModulus(Buffer.from(aKey('PS256').jwk['n']!, 'base64url'))).toBe(false)
    expect(hasWeakModulus(Buffer.alloc(0))).toBe(false)
  })
})
