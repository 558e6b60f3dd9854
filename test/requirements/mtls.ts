import { at, type Section, wire } from './requirement.ts'

const BINDING = 'src/verify/mtls/binding.ts'
const POSSESSION = 'src/decision/possession.ts'
const TLS = 'src/gateway/tls-options.ts'
const NO_TICKETS = at(
  'gateway/tls',
  'issues no session that could be resumed where it asks for certificates (%s)',
)
const NOT_AS = 'It binds authorization servers, and the gateway stands before resource servers.'

export const MTLS: Section = {
  name: 'MTLS',
  title: 'Mutual TLS and certificate-bound tokens (RFC 8705)',
  rows: [
    {
      id: 'MTLS-01',
      clause: 'RFC 8705 §3',
      says: 'The certificate of the connection must be the one that the token names.',
      check: BINDING,
      tests: [
        at('gateway/mtls', 'a bound token passes at %s'),
        at('verify/mtls/binding', 'MTLS_THUMBPRINT: another certificate, or a thumbprint of another length'),
        wire('token', 'MTLS_THUMBPRINT'),
      ],
    },
    {
      id: 'MTLS-02',
      clause: 'RFC 8705 §3',
      says: 'No certificate is a mismatch, never a reason to skip the check.',
      check: BINDING,
      tests: [
        at('verify/mtls/binding', 'MTLS_ABSENT: no certificate is a mismatch'),
        at('gateway/mtls', 'a listener that asks for none has none'),
        wire('token', 'MTLS_ABSENT'),
      ],
    },
    {
      id: 'MTLS-03',
      clause: 'RFC 8705 §3.1',
      says: 'A thumbprint is the SHA-256 of the DER octets in 43 characters of base64url, and nothing else is one.',
      check: ['src/codec/certificate.ts', 'src/verify/access-token/claims.ts'],
      tests: [
        at('codec/certificate', 'has the thumbprint that the appendix states'),
        at('verify/access-token/claims', 'is refused in %j'),
      ],
    },
    {
      id: 'MTLS-04',
      clause: 'RFC 8705 §3.2',
      says: 'What introspection says of the binding is compared here, like that of a JWT.',
      check: ['src/verify/access-token/accept-introspection.ts', POSSESSION],
      tests: [
        at('gateway/introspection', 'passes with its certificate'),
        at(
          'e2e/introspection',
          'are accepted from the certificate that they are bound to, and from nobody else',
        ),
      ],
    },
    {
      id: 'MTLS-05',
      clause: 'RFC 8705 §3, §6.3',
      says: 'With another certificate than the one it was issued for, a renewed one too, a token is worth nothing.',
      check: BINDING,
      tests: [at('gateway/mtls', 'another client of the same CA is another client')],
      lacks: "the record does not tell a renewed certificate from another client's",
    },
    {
      id: 'MTLS-06',
      clause: 'RFC 8705 §6.2',
      says: 'Either chains are verified or possession alone counts, as configured, and never the one for the other.',
      check: ['src/gateway/peer.ts', TLS],
      tests: [
        at('gateway/mtls', 'one that nobody signed will do, for the token that is bound to it'),
        at('gateway/mtls', '%s counts as none, and why is recorded', 'one that nobody signed'),
        at('config/cross-check', 'that ask for certificates need a CA, but for possession alone'),
      ],
    },
    {
      id: 'MTLS-07',
      clause: 'RFC 8705 §7.4',
      says: 'Only the CAs that are named count, never those of the system.',
      check: [TLS, 'src/config/cross-check/listeners.ts'],
      tests: [
        at('gateway/mtls', '%s counts as none, and why is recorded', 'one of another CA'),
        at('config/cross-check', 'that ask for certificates need a CA, but for possession alone'),
      ],
    },
    {
      id: 'MTLS-08',
      clause: 'RFC 8705 §7.5',
      says: 'Chains are verified by an implementation that is proven: OpenSSL.',
      check: TLS,
      tests: [at('gateway/mtls', '%s ends the handshake', 'one that nobody signed')],
      lacks: 'the cases of x509-limbo are not run',
    },
    {
      id: 'MTLS-09',
      clause: 'RFC 5280 §6, RFC 8705 §7.5',
      says: 'Where chains are verified, so are validity, purpose and revocation.',
      check: [TLS, 'src/gateway/peer.ts', BINDING],
      tests: [
        at('gateway/mtls', '%s counts as none, and why is recorded', 'a revoked one'),
        at('gateway/mtls', '%s counts as none, and why is recorded', 'an expired one'),
        at('gateway/mtls', '%s counts as none, and why is recorded', 'one for servers'),
        wire('token', 'MTLS_UNTRUSTED'),
        wire('token', 'MTLS_REVOKED'),
        at('gateway/denials-in-process', 'MTLS_EXPIRED when the certificate ends while the connection stays'),
      ],
      lacks: 'revocation by lists from files alone: no OCSP, and no choice between soft and hard failure',
    },
    {
      id: 'MTLS-10',
      clause: 'FAPI2-SP §5.3.4(5)',
      says: 'A token that is bound to nothing opens nothing.',
      check: POSSESSION,
      tests: [
        wire('token', 'TOKEN_UNBOUND'),
        at('gateway/introspection', 'is refused with %s (%i): %j', 'TOKEN_UNBOUND'),
        at(
          'config/strict',
          'is a problem where the file is strict: %s %s',
          'routes[0].require.danger_accept_bearer',
        ),
      ],
    },
    {
      id: 'MTLS-11',
      clause: 'RFC 7800 §3.1',
      says: 'Confirmations that we do not know neither help nor harm; alone they are not enough.',
      check: POSSESSION,
      tests: [
        at('decision/possession', 'neither help nor harm, unless strict_confirmation is set'),
        at('decision/possession', 'every pairing of confirmation, scheme, senders', 'unknown'),
      ],
    },
    {
      id: 'MTLS-12',
      clause: 'FAPI2-SP §5.3.4(5)',
      says: 'Of a token that names a key and a certificate, both are asked.',
      check: POSSESSION,
      tests: [
        at('decision/possession', 'both, where the token names both, also on a route that asks for one'),
      ],
    },
    {
      id: 'MTLS-13',
      clause: 'RFC 9440 §3.3, CVE-2025-23419',
      says: 'A session cannot be carried from one trust into another.',
      check: [TLS, 'src/gateway/listener.ts'],
      tests: [NO_TICKETS],
    },
    {
      id: 'MTLS-14',
      clause: 'CVE-2025-23419',
      says: 'A listener that asks for certificates issues no tickets, in TLS 1.2 and 1.3.',
      check: TLS,
      tests: [NO_TICKETS],
    },
    {
      id: 'MTLS-15',
      clause: 'CVE-2025-23419',
      says: 'Processes that share ticket keys share trust, so they must not.',
      not: 'applicable',
      because:
        'Ticket keys are neither set nor shared: each listener has its own, and with certificates no tickets.',
    },
    {
      id: 'MTLS-16',
      clause: 'ours',
      says: 'Which rules hold is settled by the listener, not by the name that the handshake said.',
      check: ['src/gateway/listener.ts', 'src/decision/scan.ts'],
      tests: [at('gateway/mtls', 'a listener that asks for none has none'), wire('request', 'HOST_FOREIGN')],
    },
    {
      id: 'MTLS-17',
      clause: 'RFC 9113 §9.2.1, §9.2.3',
      says: 'The certificate is asked for in the first handshake, and never later.',
      check: TLS,
      tests: [
        at('gateway/mtls', 'over HTTP/%s'),
        at('gateway/mtls', 'a bound token passes at %s'),
        at('gateway/tls', 'does not renegotiate'),
      ],
    },
    {
      id: 'MTLS-18',
      clause: 'RFC 8705 §5',
      says: 'An authorization server splits its endpoints by aliases.',
      not: 'applicable',
      because: `${NOT_AS} As a client it takes the alias (test/services/introspection/question.test.ts).`,
    },
    {
      id: 'MTLS-19',
      clause: 'RFC 8705 §2.1',
      says: 'Clients are known by their subject.',
      not: 'applicable',
      because: NOT_AS,
    },
    {
      id: 'MTLS-20',
      clause: 'RFC 8705 §2.2',
      says: 'Clients are known by a certificate of their own making.',
      not: 'applicable',
      because: NOT_AS,
    },
    {
      id: 'MTLS-21',
      clause: 'RFC 8705 §6.5, RFC 9700 §4.13',
      says: 'A certificate counts from the TLS connection alone, never from a field of the request.',
      check: ['src/gateway/peer.ts', 'src/domain/trusted-fields.ts'],
      tests: [at('gateway/fields', 'nobody can pass for the gateway on %s', 'x-forwarded-client-cert')],
    },
    {
      id: 'MTLS-22',
      clause: 'CVE-2025-59464',
      says: 'The certificate is read once a connection.',
      check: ['src/gateway/listener.ts', 'src/gateway/peer.ts'],
      tests: [
        at('gateway/peer', 'a client certificate is read once a connection, however many requests come'),
      ],
    },
    {
      id: 'MTLS-23',
      clause: 'ours, for PSD2, Open Banking and Open Finance directories',
      says: 'Who the certificate names and who the token was issued to can be asked to agree.',
      check: ['src/verify/authority/certificate-name.ts'],
      tests: [
        at(
          'verify/authority/certificate-name',
          'a claim that is not what the certificate says is refused: %s',
        ),
        wire('token', 'CERTIFICATE_NAME'),
      ],
    },
    {
      id: 'MTLS-24',
      clause: 'TS 119 495 §5.2.2',
      says: 'A client certificate can be asked to state a role of a payment service provider; of a role its identifier and its name agree.',
      check: ['src/codec/roles-of-psp.ts', 'src/verify/authority/certificate-role.ts'],
      tests: [
        at('codec/roles-of-psp', 'none are read of %s'),
        at('verify/authority/certificate-role', 'refuses %s'),
        wire('token', 'CERTIFICATE_ROLE'),
      ],
    },
  ],
}
