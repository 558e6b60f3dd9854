import { CCH } from './cch.ts'
import { DIG } from './dig.ts'
import { DPOP } from './dpop.ts'
import { ERR } from './err.ts'
import { FSIG } from './fsig.ts'
import { H2 } from './h2.ts'
import { HTTP } from './http.ts'
import { INT } from './int.ts'
import { JWT } from './jwt.ts'
import { KEY } from './key.ts'
import { MTLS } from './mtls.ts'
import { NET } from './net.ts'
import { PREC } from './prec.ts'
import { at, type Evidence, isMet, type Met, type Requirement, type Section, wire } from './requirement.ts'
import { SIG } from './sig.ts'
import { TOK } from './tok.ts'
import { TSL } from './tsl.ts'

const KNOWN = new Map(
  [CCH, DIG, DPOP, ERR, FSIG, H2, HTTP, INT, JWT, KEY, MTLS, NET, PREC, SIG, TOK, TSL]
    .flatMap(({ rows }) => rows)
    .filter(isMet)
    .map((row) => [row.id, row]),
)

/** What others got wrong, by the rows that see to it that we do not: their source and their tests are those of the trap. */
export const TRAP: Section = {
  name: 'TRAP',
  title: 'Traps: what implementers got wrong',
  rows: [
    {
      id: 'TRAP-01',
      clause: 'FAPI2-MS; FAPI2-HTTPSIG',
      says: 'Message Signing, the final text, has no HTTP signatures; they are a draft of their own.',
      not: 'applicable',
      because:
        'It is about what is claimed. The draft is cited by its own name and edition (src/domain/citation.ts).',
    },
    avoided(
      2,
      'What the draft leaves open is settled: future times, algorithms, keyid, nonce, expires, content-type.',
      [...['FSIG-06', 'FSIG-10', 'FSIG-11', 'FSIG-12', 'FSIG-18']],
    ),
    avoided(3, 'A digest is over the octets as they were coded, not over what they decode to.', ['DIG-06']),
    avoided(4, 'No name of JWS is a value of alg in a message signature.', ['SIG-31']),
    avoided(5, 'Four suites of TLS 1.2 and no fifth, whatever the copy of an editor has.', ['NET-04']),
    avoided(6, 'To verify a JWT here is not enough: whether it was revoked is looked at.', ['TOK-16']),
    avoided(7, 'RS256 is nowhere a default, though it is in other texts.', ['JWT-10', 'INT-12']),
    avoided(8, 'Our assertions are for one audience, the issuer, as a text.', ['INT-02']),
    avoided(9, 'A proof that holds is compared with the key that the token names.', ['DPOP-12']),
    avoided(10, 'A private key in a proof is found in the JWK as it came, before anything imports it.', [
      'DPOP-07',
    ]),
    avoided(11, 'Two DPoP fields, or two Authorization fields, are seen as two.', ['DPOP-01', 'TOK-05']),
    avoided(12, 'Behind a proxy htu is compared with the public origin, in normal form.', [
      'DPOP-13',
      'DPOP-14',
    ]),
    avoided(13, 'An htu with a query is not refused for it, nor a proof with more claims.', [
      'DPOP-09',
      'DPOP-32',
    ]),
    avoided(14, 'Where a nonce tells the time, an iat that is far off is no fault.', ['PREC-10', 'DPOP-11']),
    avoided(15, 'The resource server remembers proofs itself.', ['DPOP-26']),
    avoided(16, 'What is remembered of a proof is written after it was verified, as the last step.', [
      'DPOP-27',
      'PREC-14',
    ]),
    avoided(17, 'One DPoP-Nonce leaves, whatever the upstream sends.', ['DPOP-21']),
    avoided(18, 'No TLS session is carried from one trust into another.', ['MTLS-13', 'MTLS-14']),
    avoided(19, 'No field from outside is a client certificate.', ['MTLS-21', 'CCH-01']),
    avoided(20, 'Connection cannot take a field away that the gateway sets.', ['CCH-12']),
    avoided(21, 'A name with an underscore is no twin of a field that is dropped.', ['CCH-11']),
    avoided(
      22,
      'Comparing what is of another length neither throws nor passes.',
      ['DPOP-22', 'DPOP-19'],
      [at('attacks/never-throws', 'every function that a pure module exports is tried')],
    ),
    avoided(
      23,
      'Algorithms cannot be confused: none, symmetric ones, keys in headers, crit that is not understood.',
      [...['JWT-12', 'JWT-26', 'JWT-30', 'JWT-35']],
    ),
    avoided(
      24,
      'What Node would take is refused here: junk in base64url, members twice, small RSA keys, other salts, DER, rewritten URLs.',
      [...['JWT-25', 'JWT-28', 'JWT-13', 'JWT-29', 'DPOP-15', 'HTTP-16']],
    ),
    avoided(25, 'Made-up names cause no storm of fetches, and no URL of a token makes us ask a server.', [
      ...['KEY-05', 'JWT-22', 'TSL-02'],
    ]),
    avoided(26, 'Nothing is inflated without a bound.', ['TSL-04', 'JWT-18']),
    avoided(27, 'A digest that is signed is also compared with the body.', ['FSIG-13', 'DIG-05']),
    avoided(28, 'A component, or a label, that comes twice is refused.', ['SIG-03', 'SIG-11']),
    avoided(29, 'The parameters of a signature are verified in the order in which they came.', ['SIG-04']),
    avoided(30, 'The base is built from raw fields and the target as it came.', [
      'SIG-09',
      'SIG-15',
      'SIG-23',
    ]),
    avoided(31, 'An answer covers what it answers itself, not only the signature of it.', [
      'FSIG-15',
      'FSIG-16',
    ]),
    avoided(
      32,
      'Where no signature has the tag, there is none, and that is refused.',
      ['FSIG-07', 'FSIG-09'],
      [wire('signature', 'SIG_TAG'), wire('signature', 'SIG_ABSENT')],
    ),
    avoided(33, 'Structured fields have base64 with padding, JOSE has base64url without.', [
      'DIG-04',
      'JWT-25',
    ]),
    avoided(
      34,
      'No request is hidden in another: framing has one reading, in either direction.',
      ['HTTP-03', 'HTTP-04', 'HTTP-05', 'HTTP-07', 'HTTP-22', 'H2-06'],
      [
        at(
          'attacks/ignored-body',
          'a body of %s over HTTP/%s is no request to an upstream that does not read it',
        ),
      ],
      'the least version of Node is said by its major number; whoever runs from source has the one of package-lock.json',
    ),
    avoided(35, 'What Node accepts and is not one request is refused here.', [
      ...['HTTP-01', 'HTTP-02', 'HTTP-06', 'HTTP-08', 'H2-05', 'H2-09', 'CCH-11'],
    ]),
    avoided(36, 'A refusal does not wait for a body, and no connection is kept with one unread.', [
      'HTTP-18',
      'HTTP-10',
    ]),
    avoided(37, 'Every 401 has a challenge, and a bad signature costs nobody its token.', [
      'ERR-04',
      'ERR-06',
    ]),
    avoided(38, 'An outage of the authorization server is 503, and causes no storm of new authorizations.', [
      'ERR-07',
    ]),
  ],
}

function avoided(
  number: number,
  says: string,
  ids: readonly string[],
  more: readonly Evidence[] = [],
  lacks?: string,
): Requirement {
  const rows = ids.map((id) => KNOWN.get(id) as Met)
  return {
    id: `TRAP-${String(number).padStart(2, '0')}`,
    clause: ids.join(', '),
    says,
    check: [...new Set(rows.flatMap(({ check }) => check))],
    tests: [...new Set(rows.flatMap(({ tests }) => tests)), ...more],
    ...(lacks === undefined ? {} : { lacks }),
  }
}
