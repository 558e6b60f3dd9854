import { at, type Section, wire } from './requirement.ts'

const EXTRACT = 'src/verify/access-token/extract.ts'
const CHALLENGE = 'src/decision/challenge.ts'
const DECIDE = 'src/decision/decide.ts'

export const TOK: Section = {
  name: 'TOK',
  title: 'How tokens come, and what is answered (FAPI2-SP §5.3.4, RFC 6750)',
  rows: [
    {
      id: 'TOK-01',
      clause: 'FAPI2-SP §5.3.4(1)',
      says: 'Tokens are taken from the Authorization field, under DPoP or Bearer.',
      check: EXTRACT,
      tests: [
        at('verify/access-token/extract', 'takes %j'),
        at('verify/access-token/extract', 'finds no token in %j'),
      ],
    },
    {
      id: 'TOK-02',
      clause: 'FAPI2-SP §5.3.4(2), RFC 6750 §2.3',
      says: 'A token in the query is refused, even beside a good one, and is not recorded.',
      check: [EXTRACT, 'src/gateway/record.ts'],
      tests: [
        at('verify/access-token/extract', 'refuses the query %s even beside a good field'),
        wire('token', 'TOKEN_IN_QUERY'),
        at('e2e/process', 'writes a line of JSON for each request, and no secret in any'),
      ],
    },
    {
      id: 'TOK-03',
      clause: 'RFC 6750 §2.2',
      says: 'A token in a form is none.',
      check: EXTRACT,
      tests: [
        {
          ...wire('token', 'TOKEN_ABSENT'),
          // The one of the cases whose body is such a form.
          row: 'application/x-www-form-urlencoded',
        },
      ],
    },
    {
      id: 'TOK-04',
      clause: 'RFC 6750 §2, §3.1, RFC 9449 §7.2',
      says: 'More than one way of sending a token makes the request malformed, which all challenges say.',
      check: [EXTRACT, CHALLENGE, DECIDE],
      tests: [
        at('decision/challenge', 'tell a malformed request in all (two ways of sending a token)'),
        wire('token', 'TOKEN_IN_QUERY'),
        wire('request', 'FIELD_DUPLICATED'),
      ],
      lacks:
        'a form is not looked into, so a second token in one is not noticed; it counts for nothing (TOK-03)',
    },
    {
      id: 'TOK-05',
      clause: 'RFC 9449 §7.2',
      says: 'Two Authorization fields are seen as two, over HTTP/1.1 and HTTP/2.',
      check: 'src/codec/field-scan.ts',
      tests: [
        at('codec/field-scan', 'tells a second %s apart: it is answered with a challenge', 'authorization'),
        { ...wire('request', 'FIELD_DUPLICATED'), row: 'Bearer another' },
        at('gateway/http2', 'credentials that are not well-formed octets are no credentials', 'Bearer x'),
      ],
    },
    {
      id: 'TOK-06',
      clause: 'RFC 9110 §11.1',
      says: 'The case of the scheme does not matter.',
      check: EXTRACT,
      tests: [
        at('verify/access-token/extract', 'takes %j', 'BEARER   a'),
        at('verify/access-token/extract', 'takes %j', 'dpop a'),
      ],
    },
    {
      id: 'TOK-07',
      clause: 'RFC 6750 §2.1, RFC 9449 §7.1',
      says: 'After the scheme comes one token68 and nothing else, within the limit for fields.',
      check: EXTRACT,
      tests: [at('verify/access-token/extract', 'refuses %j as malformed'), wire('token', 'TOKEN_MALFORMED')],
    },
    {
      id: 'TOK-08',
      clause: 'RFC 6750 §3.1, RFC 9449 §7.2',
      says: 'Who sends no credentials gets a challenge for each scheme, and no error.',
      check: CHALLENGE,
      tests: [
        at('decision/challenge', 'say nothing of an error where no credentials came'),
        wire('token', 'TOKEN_ABSENT'),
      ],
    },
    {
      id: 'TOK-09',
      clause: 'RFC 6750 §3.1',
      says: 'An expired, revoked, malformed or otherwise bad token is an invalid_token.',
      check: 'src/verify/access-token/denials.ts',
      tests: [
        wire('token', 'TOKEN_EXPIRED'),
        wire('token', 'TOKEN_NOT_JWT'),
        wire('introspection', 'TOKEN_INACTIVE'),
        at('gateway/revocation', 'is seen by the very next request on a connection that was open before'),
      ],
      lacks: 'the description is not one for all: it says which check failed, and nothing of the token',
    },
    {
      id: 'TOK-10',
      clause: 'RFC 6750 §3.1',
      says: 'A token without the scope is told which would do.',
      check: [CHALLENGE, 'src/verify/authority/scope.ts'],
      tests: [at('decision/challenge', 'name the scope that is wanted'), wire('token', 'SCOPE_INSUFFICIENT')],
    },
    {
      id: 'TOK-11',
      clause: 'RFC 6750 §3',
      says: 'Each parameter of a challenge comes once, of allowed characters, and repeats nothing that the client sent.',
      check: CHALLENGE,
      tests: [at('decision/challenge', 'are plain quoted strings, whatever a denial says')],
    },
    {
      id: 'TOK-12',
      clause: 'RFC 9449 §7.2',
      says: 'Of several challenges the one of the scheme that was used has the error; where that is unknown, all.',
      check: CHALLENGE,
      tests: [
        at('decision/challenge', 'tell the error in the scheme that the client used'),
        at('decision/challenge', 'tell it in all where the route does not take that scheme'),
      ],
    },
    {
      id: 'TOK-13',
      clause: 'RFC 9728 §5.1',
      says: 'Challenges name the metadata of the resource, where there is one.',
      check: [CHALLENGE, 'src/config/compile-publications.ts'],
      tests: [
        at(
          'gateway/precedence',
          'no credentials: bare challenges, one for each scheme, that say where the metadata is',
        ),
        at('gateway/resource-metadata', '%s: its members are registered, and none is empty'),
      ],
    },
    {
      id: 'TOK-14',
      clause: 'RFC 9449 §7.1',
      says: 'DPoP is never used towards proxies: Proxy-Authorization is dropped, and no challenge of a proxy is made.',
      check: ['src/domain/trusted-fields.ts', 'src/gateway/fields.ts', CHALLENGE],
      tests: [
        at('gateway/fields', 'nobody can pass for the gateway on %s', 'proxy-authorization'),
        at('decision/challenge', 'are plain quoted strings, whatever a denial says'),
      ],
    },
    {
      id: 'TOK-15',
      clause: 'RFC 9449 §7.1, §8',
      says: 'Scripts in browsers can read challenges and nonces, and preflights are answered without credentials.',
      check: ['src/decision/cors.ts', 'src/gateway/respond.ts'],
      tests: [
        at('gateway/cors', 'a preflight is answered without credentials'),
        at('gateway/cors', 'a script can read that a nonce is wanted'),
        at('decision/cors', 'of the origin %j is refused'),
      ],
    },
    {
      id: 'TOK-16',
      clause: 'FAPI2-SP §5.3.4(3)',
      says: 'Validity, integrity, expiry and revocation of the token are all looked at.',
      check: [DECIDE, 'src/decision/revocation.ts', 'src/config/cross-check/tokens.ts'],
      tests: [
        at('decision/decide', 'is asked at every use, also of a token that was verified before'),
        at('gateway/revocation', 'revokes by hash, jti, sub and client_id'),
        at('config/strict', 'is not known by %s', 'stale_keys: 1h'),
        at('gateway/status-list', 'is refused once its list says so, also where it was verified before'),
        at(
          'gateway/introspection',
          'nothing, with cache: 0ms: a token revoked is refused at the next request',
        ),
      ],
      lacks:
        'an issuer needs a source of revocation, or short tokens, where the file says `strict: true` alone; others have the list at the admin address',
    },
    {
      id: 'TOK-17',
      clause: 'FAPI2-SP §5.3.4(4)',
      says: 'What the token allows must cover the request.',
      check: [DECIDE, 'src/verify/authority/scope.ts'],
      tests: [
        wire('token', 'SCOPE_INSUFFICIENT'),
        at('verify/authority/scope', 'wants all of them, in any order'),
      ],
    },
    {
      id: 'TOK-18',
      clause: 'FAPI2-SP §5.3.4(5)',
      says: 'Tokens are bound to a DPoP key or a certificate, and that is verified.',
      check: 'src/decision/possession.ts',
      tests: [
        at('decision/possession', '%s under %s'),
        wire('proof', 'DPOP_ABSENT'),
        wire('token', 'MTLS_ABSENT'),
      ],
    },
    {
      id: 'TOK-19',
      clause: 'RFC 9700 §2.3, §4.10.2',
      says: 'Each request is judged anew, on a connection that was good before too.',
      check: ['src/gateway/serve.ts', 'src/verify/access-token/verify-jwt.ts'],
      tests: [
        at('gateway/revocation', 'is seen by the very next request on a connection that was open before'),
        at(
          'verify/access-token/known-tokens',
          'is judged anew where its issuer is trusted on other terms, or no more',
        ),
      ],
    },
    {
      id: 'TOK-20',
      clause: 'FAPI2-SP §6.3',
      says: 'A route takes tokens of the issuers that it names, and no others.',
      check: ['src/verify/access-token/verify-jwt.ts', 'src/verify/access-token/verify.ts'],
      tests: [
        wire('token', 'TOKEN_ISSUER'),
        at('verify/access-token/verify', 'verifyToken: whose token it is', 'a JWT of nobody here'),
        at(
          'verify/access-token/dialects',
          "another issuer's, and one of an issuer that differs in a character",
        ),
      ],
    },
    {
      id: 'TOK-21',
      clause: 'FAPI2-SP §6.1',
      says: 'Tokens that live too long can be refused.',
      check: 'src/verify/access-token/issuer-trust.ts',
      tests: [
        wire('token', 'TOKEN_LIFETIME'),
        at('verify/access-token/accept-introspection', 'a lifetime that cannot be told is too long'),
      ],
    },
    {
      id: 'TOK-22',
      clause: 'ours, after the implementation advice for FAPI 2.0',
      says: 'The limit for fields is chosen with large tokens in mind: 16 KiB, and 431 beyond.',
      check: ['src/config/schema/listener.ts', 'src/gateway/parse-fault.ts'],
      tests: [
        at('gateway/denials', 'FIELDS_TOO_LARGE, and FRAMING_BROKEN'),
        at('config/document', 'has every default'),
      ],
      lacks: 'the size of fields is not recorded, and nothing warns near the limit',
    },
    {
      id: 'TOK-23',
      clause: 'RFC 9111 §3.5, RFC 6750 §5.3',
      says: 'Answers to protected requests are not to be stored, unless the upstream says otherwise.',
      check: 'src/gateway/fields.ts',
      tests: [at('gateway/fields', 'answers lose what belongs to one hop, or is ours to say')],
    },
    {
      id: 'TOK-24',
      clause: 'RFC 9700 §4.9',
      says: 'The upstream does not get the token, unless the route says so; the proof never.',
      check: 'src/gateway/fields.ts',
      tests: [
        at('gateway/fields', 'token and proof stay here, on public routes too'),
        at('gateway/fields', 'forward_token sends the Authorization as it came, and never the proof'),
      ],
    },
    {
      id: 'TOK-25',
      clause: 'FAPI2-SP §5.4.1(4), RFC 6749 §10.10',
      says: 'An opaque token that could be guessed is refused unasked.',
      check: 'src/verify/access-token/verify.ts',
      tests: [
        wire('introspection', 'TOKEN_TOO_SHORT'),
        at('gateway/introspection', 'TOKEN_TOO_SHORT: one that could be guessed is not even asked about'),
      ],
    },
    {
      id: 'TOK-26',
      clause: 'RFC 6749 §1.4',
      says: 'Whether a token is verified here or asked about is settled by rule, never by trying.',
      check: 'src/verify/access-token/verify.ts',
      tests: [
        at('verify/access-token/verify', 'verifyToken: whose token it is'),
        at('gateway/introspection', 'is said by the token: JWTs of one issuer, opaque ones of the other'),
      ],
    },
  ],
}
