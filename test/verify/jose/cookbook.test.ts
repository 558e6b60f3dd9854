import { describe, expect, it } from 'vitest'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { readJwkSet } from '../../../src/verify/jose/jwk-set.ts'
import { altered } from '../../support/jws.ts'
import { vectors } from '../../support/vectors.ts'
import { verifiesJws } from '../../support/verify-jws.ts'

interface Example {
  readonly input: { readonly key: Key | readonly Key[]; readonly alg: string }
  readonly output: { readonly compact?: string }
}

interface Key {
  readonly [member: string]: string | undefined
}

const example = (path: string) => vectors<Example>(`jose-cookbook/${path}.json`)

/** The cookbook prints private keys; what an issuer would publish of them is this. */
function publicPart(key: Example['input']['key']): Key {
  const { d, p, q, dp, dq, qi, ...rest } = key as Key
  return rest
}

describe('the JOSE cookbook (RFC 7520, RFC 8037)', () => {
  it.each([
    ['jws/4_1.rsa_v15_signature', 'RS256'],
    ['jws/4_2.rsa-pss_signature', 'PS384'],
    ['jws/4_3.ecdsa_signature', 'ES512'],
    ['curve25519/jws', 'EdDSA'],
  ])('%s verifies, and altered does not', (path, alg) => {
    const { input, output } = example(path)
    const key = publicPart(input.key)
    expect(input.alg).toBe(alg)
    expect(verifiesJws(output.compact!, key)).toBe(true)
    expect(
      verifiesJws(
        altered(output.compact!, (parts) => (parts.payload = 'Zm9v')),
        key,
      ),
    ).toBe(false)
    expect(verifiesJws(output.compact!, input.key)).toBe(false)
  })

  it.each([
    ['HMAC', 'jws/4_4.hmac-sha2_integrity_protection'],
    ['a detached payload', 'jws/4_5.signature_with_detached_content'],
    ['an unencoded payload (RFC 7797)', 'rfc7797/hmac-sha2_b64_false'],
  ])('%s is refused', (_, path) => {
    const { input, output } = example(path)
    expect(verifiesJws(output.compact ?? '', input.key)).toBe(false)
  })

  it.each([
    'jws/4_6.protecting_specific_header_fields',
    'jws/4_7.protecting_content_only',
    'jws/4_8.multiple_signatures',
    'rfc7797/4.2.hmac-sha2_b64_false',
  ])('%s has no compact form, which is the only one we read', (path) => {
    expect(example(path).output.compact).toBeUndefined()
    expect(verifiesJws(JSON.stringify(example(path).output), {})).toBe(false)
  })

  it.each([
    ['3_1.ec_public_key', 1],
    ['3_3.rsa_public_key', 1],
    ['3_2.ec_private_key', 0],
    ['3_4.rsa_private_key', 0],
    ['3_5.symmetric_key_mac_computation', 0],
    ['3_6.symmetric_key_encryption', 0],
  ])('of a set with the key %s, %i can be used', (path, usable) => {
    expect(readJwkSet({ keys: [vectors(`jose-cookbook/jwk/${path}.json`)] })).toHaveLength(usable)
  })

  it('uses no algorithm beyond our table', () => {
    expect(algorithms.has('HS256')).toBe(false)
  })
})
