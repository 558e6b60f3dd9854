import { altered, base64url, type Members } from '../support/jws.ts'
import { aKey, type SigningKey } from '../support/keys.ts'
import type { JwtChanges } from '../support/token.ts'
import { nowSeconds, proof, token } from '../support/wire-tokens.ts'
import { challenged, type DenialCase } from './denial-case.ts'

/** Every refusal of a DPoP proof but the replayed one, which takes two requests. */
export const PROOF_DENIALS: readonly DenialCase[] = [
  challenged('DPOP_ABSENT', [401, 'invalid_dpop_proof', 'DPoP'], 'RFC 9449 §7.1', () => ({
    path: '/accounts',
    fields: ['authorization', `DPoP ${token()}`],
  })),
  refused('DPOP_MALFORMED', 'RFC 9449 §4.3(2)', () => 'a.b'),
  header('DPOP_TYP', 'RFC 9449 §4.3(4)', { typ: 'JWT' }),
  header('DPOP_CRITICAL', 'RFC 7515 §4.1.11', { crit: ['x'] }),
  header('DPOP_ALG', 'RFC 9449 §4.3(5)', { alg: 'HS256' }),
  header('DPOP_PRIVATE_KEY', 'RFC 9449 §4.3(7)', { jwk: { ...client().jwk, d: 'AAAA' } }),
  header('DPOP_JWK', 'RFC 9449 §4.3(3)', { jwk: { ...client().jwk, crv: 'P-384' } }),
  claims('DPOP_CLAIMS', 'RFC 9449 §4.3(3)', { jti: undefined }),
  claims('DPOP_HTM', 'RFC 9449 §4.3(8)', { htm: 'get' }),
  claims('DPOP_HTU', 'RFC 9449 §4.3(9)', { htu: 'https://evil.example/accounts' }),
  refused('DPOP_IAT', 'RFC 9449 §4.3(11)', (accessToken) =>
    proof(accessToken, { claims: { iat: nowSeconds() - 62 } }),
  ),
  claims('DPOP_ATH', 'RFC 9449 §4.3(12)', { ath: 'A'.repeat(43) }),
  {
    ...changed('DPOP_JKT', 'RFC 9449 §4.3(12)', { key: aKey('ES256', 'thief') }),
    error: 'invalid_token',
  },
  refused('DPOP_SIGNATURE', 'RFC 9449 §4.3(6)', (accessToken) =>
    altered(proof(accessToken), (parts) => {
      const claims = JSON.parse(Buffer.from(parts.payload, 'base64url').toString()) as Members
      parts.payload = base64url({ ...claims, jti: 'another' })
    }),
  ),
]

function refused(code: string, cite: DenialCase['cite'], made: (accessToken: string) => string): DenialCase {
  return challenged(code, [401, 'invalid_dpop_proof', 'DPoP'], cite, () => {
    const accessToken = token()
    return { path: '/accounts', fields: ['authorization', `DPoP ${accessToken}`, 'dpop', made(accessToken)] }
  })
}

function changed(code: string, cite: DenialCase['cite'], changes: JwtChanges): DenialCase {
  return refused(code, cite, (accessToken) => proof(accessToken, changes))
}

function header(code: string, cite: DenialCase['cite'], members: Members): DenialCase {
  return changed(code, cite, { header: members })
}

function claims(code: string, cite: DenialCase['cite'], members: Members): DenialCase {
  return changed(code, cite, { claims: members })
}

function client(): SigningKey {
  return aKey('ES256', 'client')
}
