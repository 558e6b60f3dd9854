import { at, type Evidence, type Section, wire } from './requirement.ts'

const SCAN = 'src/decision/scan.ts'
const FIELDS = 'src/gateway/fields.ts'
const LISTENER = 'src/gateway/listener.ts'
const FORWARD = 'src/gateway/forward.ts'

export const HTTP: Section = {
  name: 'HTTP',
  title: 'HTTP/1.1, and what intermediaries owe (RFC 9110, RFC 9112)',
  rows: [
    {
      id: 'HTTP-01',
      clause: 'RFC 9112 §3.2',
      says: 'There is one Host, and it is one.',
      check: SCAN,
      tests: [octets('no Host'), octets('two Hosts, alike'), at('decision/scan', 'HOST_MALFORMED: %j')],
    },
    {
      id: 'HTTP-02',
      clause: 'RFC 9112 §3.2.2',
      says: 'The absolute form is taken where it is https and Host says the same.',
      check: SCAN,
      tests: [
        octets('absolute-form'),
        octets('absolute-form, Host differs'),
        octets('absolute-form, http'),
        octets('absolute-form, foreign twice'),
      ],
    },
    {
      id: 'HTTP-03',
      clause: 'RFC 9112 §6.1, §6.3, §11.2',
      says: 'Length and chunks together are refused.',
      check: [SCAN, LISTENER],
      tests: [
        octets('length and chunks'),
        at('decision/scan', 'FRAMING_BROKEN: both, and chunked in HTTP/1.0'),
      ],
    },
    {
      id: 'HTTP-04',
      clause: 'RFC 9112 §6.3, RFC 9110 §8.6',
      says: 'A length is one plain number, once.',
      check: [SCAN, LISTENER],
      tests: [
        octets('two lengths, alike'),
        octets('a list of lengths'),
        octets('a signed length'),
        at('decision/scan', 'FRAMING_BROKEN: Content-Length %j'),
      ],
    },
    {
      id: 'HTTP-05',
      clause: 'RFC 9112 §6.1',
      says: 'The one coding of a message is chunked, once.',
      check: SCAN,
      tests: [
        octets('chunks twice'),
        octets('a coding after chunked'),
        at('decision/scan', 'FRAMING_BROKEN: Transfer-Encoding %j', 'xchunked'),
      ],
    },
    {
      id: 'HTTP-06',
      clause: 'RFC 9112 §6.1',
      says: 'HTTP/1.0 has no chunks.',
      check: SCAN,
      tests: [octets('HTTP/1.0 with chunks')],
    },
    {
      id: 'HTTP-07',
      clause: 'RFC 9112 §2.2, §5.1, §5.2',
      says: 'Bare line ends, folded fields, spaces before colons and zero octets are refused.',
      check: ['src/codec/head.ts', 'src/gateway/http1/request-head.ts', 'src/gateway/parse-fault.ts'],
      tests: [
        octets('a bare carriage return'),
        octets('bare line feeds'),
        octets('a folded field'),
        octets('a space before the colon'),
        octets('a zero octet'),
      ],
    },
    {
      id: 'HTTP-08',
      clause: 'RFC 9112 §7.1, §7.1.1',
      says: 'Chunk sizes and extensions are bounded, and extensions are not passed on.',
      check: [LISTENER, FORWARD],
      tests: [
        at('gateway/http1/octets', 'a chunk size past all bounds ends the request half way'),
        at(
          'gateway/http1/octets',
          'chunk extensions are not passed on, and those past all bounds end the request',
        ),
      ],
    },
    {
      id: 'HTTP-09',
      clause: 'RFC 9112 §7.1.2, RFC 9110 §6.5.1',
      says: 'Trailers never become fields.',
      check: [FORWARD, FIELDS],
      tests: [at('gateway/bodies', 'trailers are dropped, and never become fields')],
    },
    {
      id: 'HTTP-10',
      clause: 'RFC 9112 §6.3, §9.3, §9.6',
      says: 'After a refused request with a body the connection is not used again.',
      check: 'src/gateway/http1/downstream.ts',
      tests: [octets('a refused one that hides another'), octets('a refused one with chunks')],
    },
    {
      id: 'HTTP-11',
      clause: 'RFC 9110 §7.6.1',
      says: 'What belongs to one hop, or is named by Connection, goes no further, in both directions.',
      check: FIELDS,
      tests: [
        at('gateway/fields', 'what Connection names is dropped, and what belongs to one hop'),
        at('gateway/fields', 'answers lose what belongs to one hop, or is ours to say'),
      ],
    },
    {
      id: 'HTTP-12',
      clause: 'RFC 9110 §7.6.3',
      says: 'The gateway adds itself to Via, under a pseudonym.',
      check: FIELDS,
      tests: [
        at('gateway/fields', 'the upstream is called by its own name, and knows who passed the request on'),
      ],
    },
    {
      id: 'HTTP-13',
      clause: 'RFC 9110 §7.6.3',
      says: 'A request that comes round again is stopped.',
      check: FORWARD,
      tests: [at('gateway/denials', 'behind the gateway', 'UPSTREAM_LOOP')],
    },
    {
      id: 'HTTP-14',
      clause: 'RFC 9110 §2.5, RFC 9112 §2.3',
      says: 'The gateway speaks its own version to the upstream.',
      check: 'src/services/upstream/upstream.ts',
      tests: [
        at('gateway/http1/octets', 'the upstream is spoken to in our version, whatever the client speaks'),
      ],
    },
    {
      id: 'HTTP-15',
      clause: 'RFC 9110 §7.6.2, §9.3.7',
      says: 'TRACE is refused; OPTIONS * and OPTIONS with no hops left are answered here, else a hop is counted.',
      check: ['src/gateway/respond.ts', 'src/decision/router.ts'],
      tests: [
        octets('TRACE'),
        octets('OPTIONS *'),
        at('gateway/http2', 'OPTIONS * is answered here, with'),
        at('attacks/connection-abuse', 'lets an OPTIONS request go no further is answered here'),
      ],
    },
    {
      id: 'HTTP-16',
      clause: 'RFC 9110 §7.7',
      says: 'Path and query go on octet for octet, and are what was judged.',
      check: [FORWARD, SCAN],
      tests: [
        at('gateway/fields', 'a query and a path go on byte for byte'),
        at('gateway/http1/octets', 'an encoded path that is proved goes on as it came'),
      ],
    },
    {
      id: 'HTTP-17',
      clause: 'RFC 9110 §7.7, RFC 3986 §6.2.2',
      says: 'A path that can be read in two ways is refused.',
      check: ['src/codec/target-uri.ts', SCAN],
      tests: [
        at('gateway/http1/octets', 'the path %s is refused, not repaired'),
        at('gateway/http1/octets', 'nobody gets past the rules by writing the path as %s'),
        at('codec/target-uri', 'refuses %s as ambiguous'),
        octets('a fragment'),
        wire('request', 'PATH_PARAMETERS'),
      ],
    },
    {
      id: 'HTTP-18',
      clause: 'RFC 9110 §10.1.1',
      says: 'A client that waits to send its body is told to after the decision; other expectations cannot be met.',
      check: [FORWARD, LISTENER],
      tests: [
        at('gateway/bodies', 'is answered only after the decision, over HTTP/1.1'),
        at('gateway/bodies', 'is answered only after the decision, over HTTP/2'),
        wire('request', 'EXPECTATION_UNKNOWN'),
      ],
    },
    {
      id: 'HTTP-19',
      clause: 'RFC 9110 §9.3.6, §9.3.8, §7.8',
      says: 'CONNECT, TRACE and upgrades lead nowhere.',
      check: [LISTENER, FIELDS, 'src/decision/router.ts'],
      tests: [
        at('gateway/http1/octets', 'CONNECT opens no tunnel'),
        octets('TRACE'),
        octets('a method in lower case'),
        at('gateway/fields', 'an upgrade is not passed on'),
        at('gateway/http2', 'HTTP/2, frame for frame', 'extended CONNECT'),
      ],
    },
    {
      id: 'HTTP-20',
      clause: 'RFC 9700 §4.13',
      says: 'No field of a client can pass for one of the gateway.',
      check: ['src/domain/trusted-fields.ts', FIELDS],
      tests: [at('gateway/fields', 'nobody can pass for the gateway on %s'), wire('request', 'FIELD_NAME')],
    },
    {
      id: 'HTTP-21',
      clause: 'RFC 9110 §5.5, RFC 9112 §11.1',
      says: 'Nobody can break a field in two, neither by a claim nor from upstream.',
      check: [FIELDS, 'src/decision/challenge.ts'],
      tests: [
        at('gateway/fields', 'claims cannot forge fields'),
        at('gateway/fields', 'a lone surrogate in a claim harms nobody'),
        at('gateway/upstream-answers', 'what upstreams answer', 'a control character in a value'),
      ],
    },
    {
      id: 'HTTP-22',
      clause: 'RFC 9112 §6.3, §8, RFC 9110 §15.6.3',
      says: 'A broken answer of the upstream is never passed on as a whole one.',
      check: FORWARD,
      tests: [
        at('gateway/streaming', 'an answer that is cut short cannot be taken for whole, HTTP/%s'),
        at('gateway/upstream-answers', 'what upstreams answer', 'two lengths'),
        at('gateway/denials', 'behind the gateway', 'UPSTREAM_TIMEOUT'),
      ],
    },
    {
      id: 'HTTP-23',
      clause: 'RFC 9110 §5.4, §9.3.1, RFC 6585 §5',
      says: 'Fields, bodies and times have limits.',
      check: [LISTENER, SCAN, 'src/gateway/body.ts'],
      tests: [
        at('gateway/denials', 'FIELDS_TOO_LARGE, and FRAMING_BROKEN'),
        at('gateway/denials', 'FIELDS_TOO_LARGE, and TARGET_TOO_LONG'),
        wire('request', 'FIELDS_TOO_MANY'),
        wire('request', 'BODY_TOO_LARGE'),
        at('gateway/bodies', 'a body of unknown length is counted as it flows'),
        at('gateway/denials', 'REQUEST_TIMEOUT when the fields do not come to an end'),
        at('attacks/slow-client', 'does not send the body that it announced, over HTTP/1.1'),
      ],
    },
    {
      id: 'HTTP-24',
      clause: 'RFC 9209 §2',
      says: "An upstream's Proxy-Status does not pass for ours.",
      check: FIELDS,
      tests: [
        at('gateway/fields', 'answers lose what belongs to one hop, or is ours to say', 'Proxy-Status'),
      ],
      lacks: 'the gateway writes none of its own',
    },
  ],
}

/** A case of the table of requests that are sent octet for octet. */
function octets(row: string): Evidence {
  return at('gateway/http1/octets', 'HTTP/1.1, octet for octet', row)
}
