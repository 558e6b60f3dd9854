import { at, type Section, wire } from './requirement.ts'

const FIELDS = 'src/gateway/fields.ts'
const TRUSTED = 'src/domain/trusted-fields.ts'
const ANSWERS = at('gateway/fields', 'answers lose what belongs to one hop, or is ours to say')
const CLIENT_CERT = 'src/gateway/client-cert.ts'

export const CCH: Section = {
  name: 'CCH',
  title: 'Fields that upstreams trust (RFC 9440, RFC 9700 §4.13)',
  rows: [
    {
      id: 'CCH-01',
      clause: 'RFC 9440 §2.4, §4',
      says: 'Client-Cert and Client-Cert-Chain never come through from a client.',
      check: [TRUSTED, FIELDS],
      tests: [
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'client-cert'),
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'client-cert-chain'),
      ],
    },
    {
      id: 'CCH-02',
      clause: 'RFC 9440 §2.1, §2.2',
      says: 'The form of Client-Cert.',
      check: CLIENT_CERT,
      tests: [at('gateway/client-cert', 'gets it as one byte sequence, and it is that of the thumbprint')],
    },
    {
      id: 'CCH-03',
      clause: 'RFC 9440 §2.3',
      says: 'The form of Client-Cert-Chain.',
      check: [CLIENT_CERT, 'src/gateway/peer.ts'],
      tests: [
        at('gateway/client-cert', 'gets those above it in the order of TLS, without the anchor'),
        at('gateway/client-cert', 'gets no chain where there is none but the anchor'),
        at('gateway/client-cert', 'gets none above it that has not signed the one before it'),
      ],
    },
    {
      id: 'CCH-04',
      clause: 'RFC 9440 §2.2, §2.3',
      says: 'Neither stands in an answer.',
      check: FIELDS,
      tests: [ANSWERS],
    },
    {
      id: 'CCH-05',
      clause: 'RFC 9440 §2.4',
      says: 'An answer that varies by Client-Cert tells its readers to keep it for nobody else.',
      check: FIELDS,
      tests: [ANSWERS],
    },
    {
      id: 'CCH-06',
      clause: 'RFC 9440 §2.4',
      says: 'A certificate that will not do for the resource is told in HTTP.',
      check: ['src/gateway/peer.ts', 'src/verify/mtls/binding.ts'],
      tests: [at('gateway/mtls', '%s counts as none, and why is recorded')],
      lacks:
        'the answer is 401 invalid_token for the token that it does not prove, where RFC 9440 would have 403',
    },
    {
      id: 'CCH-07',
      clause: 'RFC 9440 §4',
      says: 'Sending certificates on is opted into, and the way there is protected.',
      check: [CLIENT_CERT, 'src/config/cross-check/upstreams.ts'],
      tests: [
        at('gateway/client-cert', 'gets it only where that is asked for'),
        at('gateway/client-cert', 'gets nothing that a client says of itself'),
        at(
          'gateway/client-cert',
          'gets one that nobody verified only where the token is bound to it, and never its chain',
        ),
        at('gateway/client-cert', 'gets it no more once its time is over'),
        at('config/cross-check-routes', 'are given certificates where they can tell who wrote the field'),
      ],
      lacks: 'that an upstream over TLS insists on our certificate is for its own configuration',
    },
    {
      id: 'CCH-08',
      clause: 'RFC 9440 §4, RFC 9421 §B.3',
      says: 'What is sent on can be signed.',
      check: ['src/config/schema/signature.ts', 'src/gateway/sign-request.ts'],
      tests: [at('gateway/signed-forwarding', "with the client's certificate (RFC 9440 §4)")],
    },
    {
      id: 'CCH-09',
      clause: 'RFC 9440 §3.2',
      says: 'The limit for fields leaves room for the certificate that is added.',
      not: 'built',
      because:
        'The limit is one for all that comes in, 16 KiB by default (`header_size`), which an operator can lower; what an upstream must take is told in docs/upstreams.md.',
    },
    {
      id: 'CCH-10',
      clause: 'RFC 9700 §4.13',
      says: 'No field that upstreams take from gateways comes through from a client, on public routes either.',
      check: [TRUSTED, FIELDS],
      tests: [
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'x-forwarded-for'),
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'holdfast-subject'),
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'remote-user'),
      ],
    },
    {
      id: 'CCH-11',
      clause: 'CVE-2025-64484',
      says: 'Names with more than letters, digits and hyphens are refused, as another server could read them as another field.',
      check: ['src/codec/field-scan.ts', 'src/decision/scan.ts'],
      tests: [wire('request', 'FIELD_NAME'), at('decision/scan', 'FIELD_NAME: %s', 'Holdfast_Subject')],
    },
    {
      id: 'CCH-12',
      clause: 'CVE-2024-45410, CVE-2025-48865, CVE-2022-1388',
      says: 'Connection cannot name a field that decides, or one that the gateway adds.',
      check: ['src/decision/scan.ts', TRUSTED],
      tests: [
        at('decision/scan', 'FIELD_CONNECTION: %j'),
        at('gateway/fields', 'Connection may not name %s'),
      ],
    },
    {
      id: 'CCH-13',
      clause: 'RFC 9700 §4.13',
      says: 'The way to the upstream can be protected against listening, injection and replay.',
      check: [
        'src/services/upstream/upstream.ts',
        'src/config/cross-check/upstreams.ts',
        'src/gateway/sign-request.ts',
        'src/gateway/identify.ts',
      ],
      tests: [
        at('services/upstream/upstream-tls', 'is shown our certificate, where we have one'),
        at('config/cross-check-routes', 'are reached without TLS on this machine only, unless that is said'),
        at('gateway/signed-forwarding', 'can tell that it is as it left'),
        at('gateway/upstream-identity', 'gets one token that says who asks for what, and no fields'),
      ],
    },
    {
      id: 'CCH-14',
      clause: 'RFC 9440 §2.4',
      says: 'A load balancer that ends TLS may tell the certificate, where it is named and known.',
      not: 'built',
      because: 'Nobody is trusted to: Client-Cert is dropped whoever sends it (CCH-01).',
    },
  ],
}
