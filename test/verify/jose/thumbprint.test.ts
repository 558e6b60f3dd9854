import { describe, expect, it } from 'vitest'
import { algorithms } from '../../../src/verify/jose/algorithms.ts'
import { readPublicJwk } from '../../../src/verify/jose/public-key.ts'
import { thumbprint } from '../../../src/verify/jose/thumbprint.ts'
import { vectors } from '../../support/vectors.ts'

interface Example {
  readonly source: string
  readonly jwk: { readonly kty: 'RSA' | 'EC' | 'OKP' }
  readonly sha256: string
}

const { jwk_thumbprints: examples } = vectors<{ readonly jwk_thumbprints: readonly Example[] }>(
  'rfc-examples/rfc-examples.json',
)

describe('thumbprint (RFC 7638 §3)', () => {
  it.each(examples)('is that of $source', ({ jwk, sha256 }) => {
    const name = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' }[jwk.kty]
    expect(thumbprint(readPublicJwk(jwk, algorithms.get(name)!)!)).toBe(sha256)
  })
})
