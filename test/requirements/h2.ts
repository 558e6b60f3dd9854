import { at, type Evidence, type Section } from './requirement.ts'

const HEAD = 'src/gateway/http2/request-head.ts'
const SESSIONS = 'src/gateway/http2/sessions.ts'
const SCAN = 'src/decision/scan.ts'

export const H2: Section = {
  name: 'H2',
  title: 'HTTP/2 (RFC 9113)',
  rows: [
    {
      id: 'H2-01',
      clause: 'RFC 9113 §8.1.1',
      says: 'A malformed request is not forwarded; a body is as long as was announced.',
      check: [HEAD, SESSIONS],
      tests: [
        at('gateway/http2', 'a body that is not %s long, as announced'),
        frames('a length without a body'),
        at('gateway/http2', 'what has no sense as HTTP is answered with a problem and recorded'),
      ],
    },
    {
      id: 'H2-02',
      clause: 'RFC 9113 §8.2.1',
      says: 'Names are in lower case and legal, and no value holds a line end or a zero octet.',
      check: SESSIONS,
      tests: [
        frames('a shouted name'),
        at('gateway/http2', '%s never reaches the upstream', 'a line break in a value'),
      ],
    },
    {
      id: 'H2-03',
      clause: 'RFC 9113 §8.2.2',
      says: 'Fields of a connection have no place here.',
      check: [SESSIONS, SCAN],
      tests: [
        frames('transfer-encoding'),
        frames('connection'),
        frames('te with more than trailers'),
        at('decision/scan', 'is by frames in HTTP/2'),
      ],
    },
    {
      id: 'H2-04',
      clause: 'RFC 9113 §8.3.1',
      says: 'Method, scheme and path are there once; the scheme is https; CONNECT is none.',
      check: HEAD,
      tests: [
        frames('two paths'),
        frames('an empty path'),
        frames('plain http'),
        frames('userinfo'),
        frames('extended CONNECT'),
      ],
    },
    {
      id: 'H2-05',
      clause: 'RFC 9113 §8.3.1',
      says: 'The authority decides, and a Host that differs is refused.',
      check: SCAN,
      tests: [
        frames('another Host'),
        at('decision/scan', 'is :authority in HTTP/2, and a Host field beside it must agree'),
      ],
    },
    {
      id: 'H2-06',
      clause: 'RFC 9113 §8.3.1, §10.3',
      says: 'What becomes HTTP/1.1 is checked anew: no request can be hidden in a pseudo-header field.',
      check: [HEAD, SCAN],
      tests: [
        frames('a request line in the path'),
        frames('a request line in the method'),
        frames('an absolute URL as path'),
        frames('a path without its slash'),
        frames('a fragment'),
      ],
    },
    {
      id: 'H2-07',
      clause: 'RFC 9113 §10.5, CVE-2023-44487, CVE-2025-8671',
      says: 'Floods of resets, by the client or provoked by it, hurt nobody, and take their requests along.',
      check: [SESSIONS, HEAD, 'src/gateway/http2/session-guard.ts'],
      tests: [
        at(
          'attacks/floods',
          'of %s ends its connection, and that alone',
          'streams that are reset at once (CVE-2023-44487)',
        ),
        at('gateway/http2', 'a flood of streams that are reset at once hurts nobody'),
        at('gateway/http2', 'streams that a client has us reset, one after another, hurt nobody'),
        at('gateway/streaming', 'a client that goes away takes its upstream request along, HTTP/%s %s'),
      ],
    },
    {
      id: 'H2-08',
      clause: 'RFC 9113 §6.10, §10.5.1, CVE-2024-27316',
      says: 'Fields without an end are cut off.',
      check: SESSIONS,
      tests: [at('gateway/http2', 'fields without an end hurt nobody')],
    },
    {
      id: 'H2-09',
      clause: 'RFC 9113 §5.1.2, §6.5.2',
      says: 'Streams at a time, and the memory of a connection, are bounded.',
      check: [SESSIONS, 'src/gateway/connection-guard.ts'],
      tests: [
        at('gateway/http2', 'the settings bound what a client may ask for'),
        at(
          'attacks/floods',
          'of connections is held at the number that there may be, and of one address at its own',
        ),
      ],
    },
    {
      id: 'H2-10',
      clause: 'RFC 9113 §10.5, CVE-2025-59465, CVE-2026-21714',
      says: 'Floods of other frames neither crash nor starve the gateway.',
      check: SESSIONS,
      tests: [
        at('gateway/http2', 'a flood of %s hurts nobody'),
        at('attacks/floods', 'of %s ends its connection, and that alone', 'pings'),
        at('attacks/floods', 'of %s ends its connection (nghttp2), and is counted', 'frames without content'),
        at('attacks/slow-client', 'and keeps its connection lively with pings'),
      ],
    },
    {
      id: 'H2-11',
      clause: 'RFC 9113 §8.4, §9.2',
      says: 'No push; with TLS 1.2 suites that HTTP/2 allows.',
      check: [SESSIONS, 'src/gateway/tls-options.ts'],
      tests: [
        at('gateway/http2', 'the settings bound what a client may ask for'),
        at('gateway/tls', 'takes %s with TLS 1.2'),
      ],
    },
  ],
}

/** A case of the table of requests that are sent frame for frame. */
function frames(row: string): Evidence {
  return at('gateway/http2', 'HTTP/2, frame for frame', row)
}
