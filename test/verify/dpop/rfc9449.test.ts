import { describe, expect, it } from 'vitest'
import { parseCompactJwt } from '../../../src/codec/compact-jws.ts'
import { checkProof } from '../../../src/verify/dpop/proof.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { altered } from '../../support/jws.ts'
import { outcome } from '../../support/outcome.ts'
import { dpopRules } from '../../support/proof.ts'
import { aRequest } from '../../support/request.ts'
import { presented } from '../../support/token.ts'
import { vectors } from '../../support/vectors.ts'
import { verifiesJws } from '../../support/verify-jws.ts'

interface Examples {
  readonly rfc9449: {
    readonly token_request_proof_fig2: string
    readonly resource_request_proof_fig13: string
    readonly access_token: string
    readonly ath: string
    readonly jkt: string
  }
  readonly rfc8705: {
    readonly access_token_jwt: string
    readonly issuer_jwk: object
    readonly 'x5t#S256': string
  }
  readonly liboauth2_dpop_rs256: {
    readonly access_token_jwt: string
    readonly issuer_jwk: object
    readonly dpop_proof: string
    readonly jkt: string
  }
}

const {
  rfc9449,
  rfc8705,
  liboauth2_dpop_rs256: liboauth2,
} = vectors<Examples>('rfc-examples/rfc-examples.json')
const MADE_AT = 1_562_262_618
const { hash } = presented(rfc9449.access_token)
const request = aRequest({ targetUri: 'https://resource.example.org/protectedresource' })
const check = (proof: string, changes: Partial<{ hash: string; jkt: string; now: number }> = {}) => {
  const { now = MADE_AT, ...token } = { hash, jkt: rfc9449.jkt, ...changes }
  return checkProof(proof, token, request, dpopRules({ unknownBefore: 0 }), now)
}

describe('the example of RFC 9449 §7.1 (figures 12 to 14)', () => {
  const proof = rfc9449.resource_request_proof_fig13

  it('is accepted at its time', () => {
    expect(hash).toBe(rfc9449.ath)
    expect(check(proof)).toEqual({
      once: { jkt: rfc9449.jkt, jti: 'e1j3V_bKic8-LAEB', madeAt: MADE_AT },
      byNonce: false,
      nonceEnds: false,
    })
  })

  it('is refused later, earlier, for another token, for another key, and altered', () => {
    expect(outcome(check(proof, { now: MADE_AT + 61 }))).toBe('DPOP_IAT')
    expect(outcome(check(proof, { now: MADE_AT - 11 }))).toBe('DPOP_IAT')
    expect(outcome(check(proof, { hash: presented('other').hash }))).toBe('DPOP_ATH')
    expect(outcome(check(proof, { jkt: liboauth2.jkt }))).toBe('DPOP_JKT')
    expect(
      outcome(check(altered(proof, (parts) => (parts.signature = `A${parts.signature.slice(1)}`)))),
    ).toBe('DPOP_SIGNATURE')
  })

  it('the proof of the token request (figure 2) is none for a resource: it has no ath', () => {
    expect(outcome(check(rfc9449.token_request_proof_fig2))).toBe('DPOP_CLAIMS')
    const { header } = parseCompactJwt(rfc9449.token_request_proof_fig2)!
    expect(verifiesJws(rfc9449.token_request_proof_fig2, header['jwk'] as object)).toBe(true)
  })
})

describe('examples signed with RS256, which FAPI2-SP §5.4.1 does not admit', () => {
  it('the token of RFC 8705 §3.1 verifies where RS256 is allowed', () => {
    expect(verifiesJws(rfc8705.access_token_jwt, rfc8705.issuer_jwk)).toBe(true)
    expect(verifiesJws(rfc8705.access_token_jwt, rfc8705.issuer_jwk, allow(['PS256', 'ES256']))).toBe(false)
    expect(parseCompactJwt(rfc8705.access_token_jwt)?.claims['cnf']).toEqual({
      'x5t#S256': rfc8705['x5t#S256'],
    })
  })

  it('the pair of liboauth2 holds where RS256 is allowed, and is refused where it is not', () => {
    const token = { hash: presented(liboauth2.access_token_jwt).hash, jkt: liboauth2.jkt }
    const facts = aRequest({ targetUri: 'https://localhost.zmartzone.eu/api/' })
    const rules = dpopRules({ algorithms: allow(['RS256']), unknownBefore: 0 })
    expect(verifiesJws(liboauth2.access_token_jwt, liboauth2.issuer_jwk)).toBe(true)
    expect(outcome(checkProof(liboauth2.dpop_proof, token, facts, rules, 1_699_445_263))).toBe('accepted')
    expect(outcome(checkProof(liboauth2.dpop_proof, token, facts, dpopRules(), 1_699_445_263))).toBe(
      'DPOP_ALG',
    )
  })
})
