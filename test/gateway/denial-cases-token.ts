import type { Members } from '../support/jws.ts'
import { aKey } from '../support/keys.ts'
import type { JwtChanges } from '../support/token.ts'
import { clientCertificate } from '../support/wire-pki.ts'
import { bearerOf, credentials, nowSeconds, token } from '../support/wire-tokens.ts'
import { challenged, type DenialCase, plainly } from './denial-case.ts'

/** Every refusal of an access token, of its binding to a certificate, and of its scope. */
export const TOKEN_DENIALS: readonly DenialCase[] = [
  challenged('TOKEN_ABSENT', [401, '', 'plain'], 'RFC 6750 §3.1', () => ({ path: '/accounts' })),
  challenged('TOKEN_ABSENT', [401, '', 'plain'], 'RFC 6750 §3.1', () => ({
    path: '/accounts',
    fields: ['authorization', 'Basic dTpw'],
  })),
  challenged('TOKEN_ABSENT', [401, '', 'plain'], 'RFC 6750 §3.1', () => ({
    method: 'POST',
    path: '/accounts',
    fields: ['content-type', 'application/x-www-form-urlencoded'],
    body: `access_token=${token()}`,
  })),
  challenged('TOKEN_MALFORMED', [400, 'invalid_request', 'both'], 'RFC 6750 §2.1', () => ({
    path: '/accounts',
    fields: ['authorization', 'Bearer two words'],
  })),
  challenged('TOKEN_IN_QUERY', [400, 'invalid_request', 'both'], 'FAPI2-SP §5.3.4(2)', () => ({
    path: '/accounts?%61ccess_token=x',
    fields: credentials(),
  })),
  refused('TOKEN_NOT_JWT', 'RFC 9068 §4', () => 'opaque'),
  refused('TOKEN_TYPE', 'RFC 9068 §4', { header: { typ: 'JWT' } }),
  refused('TOKEN_CRITICAL', 'RFC 7515 §4.1.11', { header: { crit: ['x'], x: 1 } }),
  refused('TOKEN_ALGORITHM', 'FAPI2-SP §5.4.1(1)', { header: { alg: 'none' } }),
  claims('TOKEN_ISSUER', 'RFC 9068 §4', { iss: 'https://as.bank.example/' }),
  refused('TOKEN_KEY_UNKNOWN', 'RFC 9068 §4', { header: { kid: 'unheard-of' } }),
  refused('TOKEN_SIGNATURE', 'RFC 9068 §4', { header: { kid: 'ES256-issuer' }, key: aKey('ES256', 'thief') }),
  claims('TOKEN_CLAIMS', 'RFC 9068 §2.2', { client_id: undefined }),
  claims('TOKEN_AUDIENCE', 'RFC 9068 §4', { aud: 'https://other.example' }),
  refused('TOKEN_EXPIRED', 'RFC 9068 §4', () => token({ claims: { exp: nowSeconds() - 1 } })),
  refused('TOKEN_NOT_YET', 'FAPI2-SP §5.3.2.1(13)', () => token({ claims: { nbf: nowSeconds() + 60 } })),
  refused('TOKEN_LIFETIME', 'FAPI2-SP §6.1', () => token({ claims: { exp: nowSeconds() + 7200 } })),
  claims('TOKEN_CONFIRMATION', 'RFC 7800 §3.1', { cnf: { jkt: 'short' } }),
  claims('TOKEN_UNBOUND', 'FAPI2-SP §5.3.4(5)', { cnf: undefined }),
  challenged(
    'TOKEN_SENDER',
    [401, 'invalid_token', 'both'],
    'FAPI2-SP §5.3.4(5)',
    () => ({ path: '/mtls', fields: credentials('/mtls', { accessToken: token() }) }),
    { schemes: ['Bearer'] },
  ),
  challenged('TOKEN_SCHEME', [401, 'invalid_token', 'Bearer'], 'RFC 9449 §7.2', () => ({
    path: '/accounts',
    fields: ['authorization', `Bearer ${token()}`],
  })),
  plainly('TOKEN_KEYS_UNAVAILABLE', 503, 'RFC 9110 §15.6.4', () => ({
    path: '/away',
    fields: credentials('/away', { accessToken: token({ claims: { iss: 'https://away.example' } }) }),
  })),
  challenged('MTLS_ABSENT', [401, 'invalid_token', 'Bearer'], 'RFC 8705 §3', async () => ({
    path: '/accounts',
    fields: bearerOf(await clientCertificate('client-1')),
  })),
  challenged('MTLS_UNTRUSTED', [401, 'invalid_token', 'Bearer'], 'RFC 5280 §6.1', async () => ({
    path: '/accounts',
    fields: bearerOf(await clientCertificate('client-1')),
    certificate: await clientCertificate('stranger'),
  })),
  challenged('MTLS_REVOKED', [401, 'invalid_token', 'Bearer'], 'RFC 5280 §6.3', async () => ({
    path: '/accounts',
    fields: bearerOf(await clientCertificate('client-1')),
    certificate: await clientCertificate('revoked'),
  })),
  challenged('MTLS_THUMBPRINT', [401, 'invalid_token', 'Bearer'], 'RFC 8705 §3', async () => ({
    path: '/accounts',
    fields: bearerOf(await clientCertificate('client-1')),
    certificate: await clientCertificate('client-2'),
  })),
  plainly('CERTIFICATE_NAME', 403, 'RFC 8705 §2.1.2', async () => ({
    path: '/of/holder',
    fields: credentials('/of/holder', { accessToken: token({ claims: { software: '2' } }) }),
    certificate: await clientCertificate('client-1'),
  })),
  plainly('CERTIFICATE_ROLE', 403, 'TS 119 495 §5.2.2', async () => ({
    path: '/of/role',
    fields: credentials('/of/role'),
    certificate: await clientCertificate('client-2'),
  })),
  challenged('SCOPE_INSUFFICIENT', [403, 'insufficient_scope', 'DPoP'], 'RFC 6750 §3.1', () => ({
    path: '/accounts',
    fields: credentials('/accounts', { accessToken: token({ claims: { scope: 'payments' } }) }),
  })),
]

/** A token that is wrong in itself, sent under DPoP with a proof that is right. */
function refused(code: string, cite: DenialCase['cite'], made: JwtChanges | (() => string)): DenialCase {
  return challenged(code, [401, 'invalid_token', 'DPoP'], cite, () => ({
    path: '/accounts',
    fields: credentials('/accounts', { accessToken: typeof made === 'function' ? made() : token(made) }),
  }))
}

function claims(code: string, cite: DenialCase['cite'], changed: Members): DenialCase {
  return refused(code, cite, { claims: changed })
}
