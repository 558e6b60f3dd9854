import { at, type Section } from './requirement.ts'

const EXPECT = 'src/verify/content-digest/expect.ts'
const MATCH = 'src/verify/content-digest/match.ts'
const HOLD = 'src/gateway/hold.ts'

export const DIG: Section = {
  name: 'DIG',
  title: 'Digest fields (RFC 9530)',
  rows: [
    {
      id: 'DIG-01',
      clause: 'RFC 9530 §2',
      says: 'Content-Digest is a dictionary of byte sequences over the content as it was sent, its content coding still on.',
      check: [EXPECT, 'src/verify/content-digest/hasher.ts'],
      tests: [
        at('verify/content-digest/expect', 'are dictionaries of byte sequences; all that count are kept'),
        at('verify/content-digest/expect', 'malformed, %s: %s'),
        at('gateway/content-digest', 'the digest is over the body as it was sent, compressed as it is'),
      ],
    },
    {
      id: 'DIG-02',
      clause: 'RFC 9530 §5, §7.2',
      says: 'Only sha-256 and sha-512 count; a field with nothing else is as good as none.',
      check: EXPECT,
      tests: [
        at('verify/content-digest/expect', 'passes over %s'),
        at('verify/content-digest/match', 'flows where that is optional'),
        at('gateway/denials', 'over HTTP/%s'),
      ],
    },
    {
      id: 'DIG-03',
      clause: 'RFC 9530 §6.6, §6.7',
      says: 'Of several digests all that count must match, and there are four at most.',
      check: [EXPECT, MATCH],
      tests: [
        at('verify/content-digest/match', 'is refused where one of those that count does not, first or last'),
        at('verify/content-digest/expect', 'malformed, %s: %s', 'five'),
      ],
    },
    {
      id: 'DIG-04',
      clause: 'RFC 9651 §4.2.7',
      says: 'Byte sequences are in standard base64: base64url and the over-padded values that RFC 9530 prints are refused.',
      check: [EXPECT, 'src/codec/structured-field.ts'],
      tests: [
        at('verify/content-digest/expect', 'malformed, %s: %s', 'over-padded'),
        at('verify/content-digest/rfc9530', 'the examples of RFC 9530 as %s of a request'),
      ],
    },
    {
      id: 'DIG-05',
      clause: 'RFC 9421 §7.2.8',
      says: 'The digest is compared with the content before the upstream sees any of it.',
      check: [HOLD, MATCH, 'src/decision/decide-body.ts'],
      tests: [
        at('gateway/content-digest', 'nothing reaches the upstream before the last octet was compared'),
        at('gateway/hold', 'is never seen by the upstream where it is refused'),
        at('gateway/content-digest', 'a body of 10 MiB costs its length'),
        at('gateway/content-digest', 'of a thousand at once as many are held as there is room for'),
      ],
    },
    {
      id: 'DIG-06',
      clause: 'FAPI2-HTTPSIG §5.3.1.1(8)',
      says: 'A content coding is no obstacle: the coded octets are hashed, as RFC 9530 orders.',
      check: MATCH,
      tests: [
        at('gateway/content-digest', 'the digest is over the body as it was sent, compressed as it is'),
      ],
    },
    {
      id: 'DIG-07',
      clause: 'RFC 9530 §6.5, RFC 9110 §7.7',
      says: 'The gateway changes no content coding, on its way to the upstream or back.',
      check: 'src/gateway/forward.ts',
      tests: [
        at('gateway/content-digest', 'the digest is over the body as it was sent, compressed as it is'),
        at('gateway/bodies', 'a body comes through whole, both ways, over HTTP/%s'),
      ],
    },
    {
      id: 'DIG-08',
      clause: 'RFC 9530 §3',
      says: 'Repr-Digest of a request is compared with its body, unless that is a part, and never stands in for Content-Digest.',
      check: [EXPECT, MATCH],
      tests: [
        at('verify/content-digest/match', 'Repr-Digest is compared as well'),
        at('verify/content-digest/expect', 'Repr-Digest of a part cannot be compared'),
        at(
          'verify/content-digest/expect',
          'required: a body that is announced without one is refused at once',
        ),
      ],
    },
    {
      id: 'DIG-09',
      clause: 'RFC 9530 §4',
      says: 'Want-Content-Digest is a hint that an answer with a digest follows; a refusal tells which digest to send.',
      check: ['src/verify/content-digest/answer.ts', 'src/decision/challenge.ts'],
      tests: [
        at(
          'verify/content-digest/rfc9530',
          'is followed where it prefers the other, and passed over where it is no hint',
        ),
        at('gateway/content-digest', 'a refusal says what to send'),
      ],
    },
    {
      id: 'DIG-10',
      clause: 'RFC 9530 §6.4, RFC 9421 §4.1',
      says: 'A digest or signature in the trailer section is refused, announced or not.',
      check: [EXPECT, MATCH],
      tests: [
        at(
          'verify/content-digest/expect',
          'that are announced as trailer fields are refused, whatever else is',
        ),
        at('verify/content-digest/match', 'a digest or signature behind the body is refused'),
        at('gateway/content-digest', 'one that comes behind the body unannounced is refused'),
      ],
    },
  ],
}
