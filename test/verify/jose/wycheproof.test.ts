import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { algorithms, allow } from '../../../src/verify/jose/algorithms.ts'
import { importPublicKey, readPublicJwk } from '../../../src/verify/jose/public-key.ts'
import { verifies } from '../../../src/verify/jose/signature.ts'
import { vectors } from '../../support/vectors.ts'
import { verifiesJws } from '../../support/verify-jws.ts'

interface JoseGroup {
  readonly comment: string
  readonly private: object
  readonly public?: object
  readonly tests: readonly {
    readonly tcId: number
    readonly result: string
    readonly jws?: unknown
    readonly jwe?: unknown
  }[]
}

interface SignatureGroup {
  readonly publicKeyDer: string
  readonly tests: readonly {
    readonly tcId: number
    readonly result: string
    readonly msg: string
    readonly sig: string
  }[]
}

/** What is valid to Wycheproof and refused by us, by test case. It may not grow unseen. */
const STRICTER = {
  json_web_signature: {
    // Symmetric algorithms have no entry in our table: a resource server shares no secret with an authorization server.
    symmetric: [1, 348, 352, 357, 358, 359, 376, 377],
    // Characters outside base64url, which RFC 7515 §2 forbids; Wycheproof lets a decoder skip them. Symmetric too.
    base64url: [372, 373],
    // The key is published for PS256 and the JWS says PS384 (RFC 7517 §4.4, RFC 8725 §3.1).
    otherAlgorithm: [346, 350],
    // The key's alg is "ES521", which no specification registers.
    unknownAlgorithm: [347, 351],
  },
  json_web_key: { symmetric: [2, 13, 14, 15] },
  json_web_crypto: { symmetric: [1, 48], encrypted: [50, 67] },
} as const

describe.each(Object.entries(STRICTER))('Wycheproof %s', (name, stricter) => {
  const { testGroups } = vectors<{ readonly testGroups: readonly JoseGroup[] }>(
    `wycheproof/${name}_test.json`,
  )
  const cases = testGroups.flatMap((group) =>
    group.tests.map((test) => ({ ...test, keys: group.public ?? group.private })),
  )
  const accepts = ({ jws, jwe, keys }: (typeof cases)[number], allowed = algorithms) => {
    const text = jws ?? jwe
    return verifiesJws(typeof text === 'string' ? text : JSON.stringify(text), keys, allowed)
  }

  it('nothing is accepted that is wrong', () => {
    expect(cases.length).toBeGreaterThan(25)
    expect(cases.filter((each) => each.result !== 'valid' && accepts(each)).map(({ tcId }) => tcId)).toEqual(
      [],
    )
  })

  it('nothing is refused that is right, but for a list with reasons', () => {
    const refused = cases.filter((each) => each.result === 'valid' && !accepts(each)).map(({ tcId }) => tcId)
    expect(refused).toEqual(
      Object.values(stricter)
        .flat()
        .sort((left, right) => left - right),
    )
  })

  it('FAPI2-SP §5.4.1 leaves PS256, ES256 and Ed25519 of it', () => {
    const accepted = cases.filter((each) => accepts(each, allow(['PS256', 'ES256', 'EdDSA', 'Ed25519'])))
    expect(accepted.filter(({ result }) => result !== 'valid')).toEqual([])
  })
})

describe.each([
  ['ecdsa_secp256r1_sha256_p1363', 'ES256'],
  ['ecdsa_secp384r1_sha384_p1363', 'ES384'],
  ['ed25519', 'Ed25519'],
  ['rsa_pss_2048_sha256_mgf1_32', 'PS256'],
  ['rsa_pss_4096_sha512_mgf1_64', 'PS512'],
  ['rsa_signature_2048_sha256', 'RS256'],
])('Wycheproof %s', (name, alg) => {
  const file = vectors<{ readonly numberOfTests: number; readonly testGroups: readonly SignatureGroup[] }>(
    `wycheproof/${name}_test.json`,
  )
  const algorithm = algorithms.get(alg)!

  it('every signature is judged as it should be', () => {
    const wrong: number[] = []
    let judged = 0
    for (const { publicKeyDer, tests } of file.testGroups) {
      const jwk = createPublicKey({
        key: Buffer.from(publicKeyDer, 'hex'),
        format: 'der',
        type: 'spki',
      }).export({ format: 'jwk' })
      const key = importPublicKey(readPublicJwk(jwk, algorithm)!)!
      for (const { tcId, msg, sig, result } of tests) {
        const signed = Buffer.from(msg, 'hex').toString('latin1')
        const accepted = verifies(algorithm, key, signed, Buffer.from(sig, 'hex'))
        if (result !== 'acceptable' && accepted !== (result === 'valid')) wrong.push(tcId)
        judged++
      }
    }
    expect(wrong).toEqual([])
    expect(judged).toBe(file.numberOfTests)
  })
})
