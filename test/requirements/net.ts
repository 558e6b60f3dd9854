import { at, type Section, wire } from './requirement.ts'

const TLS = 'src/gateway/tls-options.ts'
const LISTENER = 'src/gateway/listener.ts'
const NO_BROWSERS = 'The gateway stands before resource servers; it serves no authorization endpoint.'

export const NET: Section = {
  name: 'NET',
  title: 'Transport (FAPI2-SP §5.2, RFC 9325, RFC 8470)',
  rows: [
    {
      id: 'NET-01',
      clause: 'FAPI2-SP §5.2.1(1)',
      says: 'Clients are served over TLS alone, and authorization servers and upstreams are asked over TLS alone.',
      check: [LISTENER, 'src/services/http/door.ts', 'src/config/cross-check/upstreams.ts'],
      tests: [
        at('gateway/tls', 'answers nothing to who speaks without TLS'),
        at('services/http/door', 'says why there is no answer, where nobody listens'),
        at('services/key-ring/discovery', 'refuses metadata with %s', 'a jwks_uri over http'),
        at('config/cross-check-routes', 'are reached without TLS on this machine only, unless that is said'),
      ],
    },
    {
      id: 'NET-02',
      clause: 'FAPI2-SP §5.2.1(2)',
      says: 'Nothing older than TLS 1.2 is spoken, to either side.',
      check: [TLS, 'src/services/upstream/upstream.ts', 'src/services/http/door.ts'],
      tests: [
        at('gateway/tls', 'refuses TLS 1.1'),
        at('services/upstream/upstream-tls', 'is not spoken to in TLS 1.1'),
      ],
    },
    {
      id: 'NET-03',
      clause: 'RFC 9325 §3.1.1',
      says: 'TLS 1.3 is chosen where both sides have it.',
      check: TLS,
      tests: [at('gateway/tls', 'takes TLS 1.3 where both sides have it')],
    },
    {
      id: 'NET-04',
      clause: 'FAPI2-SP §5.2.2(1), RFC 9325 §4.2',
      says: 'With TLS 1.2 the four ECDHE suites with AES-GCM are offered, and no other.',
      check: 'src/services/tls/suites.ts',
      tests: [
        at('gateway/tls', 'takes %s with TLS 1.2'),
        at('gateway/tls', 'refuses %s', 'ECDHE-ECDSA-CHACHA20-POLY1305'),
        at('gateway/tls', 'refuses %s', 'DHE-RSA-AES128-GCM-SHA256'),
      ],
    },
    {
      id: 'NET-05',
      clause: "FAPI2-SP §5.2.2(1), editor's copy",
      says: 'Which text decides about suites can be chosen, and the strictest of both is the default.',
      not: 'built',
      because: 'There is one list, the suites that both texts admit (NET-04), and no key to choose another.',
    },
    {
      id: 'NET-06',
      clause: 'FAPI2-SP §5.2.2(2)',
      says: 'As a client, the gateway restricts itself to the same suites.',
      check: 'src/services/tls/suites.ts',
      tests: [
        at('services/upstream/upstream-tls', 'is spoken to in TLS 1.3, or in TLS 1.2 with the suites of'),
        at('services/upstream/upstream-tls', 'is not spoken to with %s'),
      ],
    },
    {
      id: 'NET-07',
      clause: 'FAPI2-SP §5.2.3(1)',
      says: 'Endpoints for browsers resist the stripping of TLS.',
      not: 'applicable',
      because: NO_BROWSERS,
    },
    {
      id: 'NET-08',
      clause: 'FAPI2-SP §5.2.3(2)',
      says: 'Endpoints for browsers may offer further suites.',
      not: 'applicable',
      because: NO_BROWSERS,
    },
    {
      id: 'NET-09',
      clause: 'FAPI2-SP §5.2.3(3), RFC 9700 §2.6',
      says: 'The authorization endpoint has no CORS.',
      not: 'applicable',
      because: NO_BROWSERS,
    },
    {
      id: 'NET-10',
      clause: 'FAPI2-SP §5.2.3',
      says: 'Changes of the recommendations are followed within a year, and an old list announces itself.',
      check: 'src/services/tls/suites.ts',
      tests: [at('services/tls/suites', 'say so a year after they were last compared')],
    },
    {
      id: 'NET-11',
      clause: 'FAPI2-SP §5.2.1(4)',
      says: "The operator is told whether the host names' zones are signed and restrict who may certify them.",
      not: 'built',
      because: 'No command looks at DNSSEC and CAA; it is a recommendation to whoever runs the zones.',
    },
    {
      id: 'NET-12',
      clause: 'FAPI2-SP §5.2.1(5), RFC 9525',
      says: 'The certificates of servers are checked: chain, and name in the subject alternative names.',
      check: ['src/services/upstream/upstream.ts', 'src/services/http/door.ts'],
      tests: [
        at(
          'services/upstream/upstream-tls',
          'must show a certificate of its name, from a CA that we were told of',
        ),
        at('gateway/denials', 'behind the gateway', 'a certificate that nobody vouches for'),
        at('services/introspection/question', 'a server that nobody vouches for'),
      ],
    },
    {
      id: 'NET-13',
      clause: 'FAPI2-SP §5.2.2.1',
      says: 'The accepted client CAs can be renewed in operation, and which ones are in force is recorded.',
      check: ['src/gateway/listener.ts', 'src/runtime/notices/client-authorities.ts'],
      tests: [
        at('e2e/reload-certificates', 'presents a new certificate, and drops clients whose CA is no more'),
        at(
          'e2e/reload-certificates',
          'takes a client certificate for nothing on a connection that outlives its CA',
        ),
        at(
          'e2e/reload-certificates',
          'says by whose certificates clients may come, at start and after a reload',
        ),
      ],
    },
    {
      id: 'NET-14',
      clause: 'FAPI2-SP §5.2.2.1.1',
      says: 'A client whose metadata asks for the mTLS endpoint aliases uses them for every request.',
      not: 'built',
      because:
        'There is no such key; the alias is used where the gateway itself authenticates with a certificate (RFC 8705 §5).',
    },
    {
      id: 'NET-15',
      clause: 'RFC 8470 §5.1, §5.2',
      says: 'Early data is not taken, and what another hop marks as such is not admitted to a protected route.',
      check: ['src/decision/decide.ts', TLS],
      tests: [
        wire('request', 'TOO_EARLY'),
        at('decision/decide', '%s goes before all that follow', 'TOO_EARLY'),
      ],
    },
    {
      id: 'NET-16',
      clause: 'RFC 8470 §5.1',
      says: 'The mark of early data is neither dropped nor can a client have it dropped; 425 comes back.',
      check: ['src/gateway/fields.ts', 'src/domain/trusted-fields.ts'],
      tests: [
        at('gateway/fields', 'a mark of early data goes on, where the route lets such a request pass'),
        at('decision/scan', 'FIELD_CONNECTION: %j', 'Early-Data'),
        at('gateway/upstream-answers', 'what upstreams answer', 'too early'),
      ],
    },
    {
      id: 'NET-17',
      clause: 'RFC 9110 §7.4, RFC 9113 §9.1.1',
      says: 'A request for an authority that its listener does not serve is misdirected.',
      check: 'src/decision/scan.ts',
      tests: [wire('request', 'HOST_FOREIGN'), at('decision/scan', 'HOST_FOREIGN: %s', 'mtls.bank.example')],
    },
    {
      id: 'NET-18',
      clause: 'RFC 9325 §3.4',
      says: 'A resumed session gives nobody more than a fresh one.',
      check: [TLS, 'src/runtime/gateway.ts'],
      tests: [
        at('gateway/tls', 'issues no session that could be resumed where it asks for certificates (%s)'),
        at('gateway/tls', 'resumes sessions where it does not'),
        at('gateway/tls', 'takes up no session of before its ticket keys were changed'),
      ],
    },
    {
      id: 'NET-19',
      clause: 'RFC 9325 §3.3, §3.5, §3.7',
      says: 'No compression, no renegotiation; the protocol is settled by ALPN.',
      check: TLS,
      tests: [
        at('gateway/tls', 'has a chain that leads to its CA, and no compression'),
        at('gateway/tls', 'does not renegotiate'),
        at('gateway/tls', 'of %s it takes %s'),
      ],
    },
    {
      id: 'NET-20',
      clause: 'CVE-2026-21637',
      says: 'No handshake brings the process down.',
      check: LISTENER,
      tests: [
        at('gateway/tls', 'counts handshakes that fail by their reason, and lives on'),
        at('e2e/process', 'is not brought down by connections that send rubbish, or nothing'),
      ],
    },
  ],
}
