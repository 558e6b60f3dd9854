import { at, type Section, wire } from './requirement.ts'

const QUESTION = 'src/services/introspection/question.ts'
const ACCEPT = 'src/verify/access-token/accept-introspection.ts'
const SIGNED = 'src/services/introspection/signed-answer.ts'
const INTROSPECTOR = 'src/services/introspection/introspector.ts'

export const INT: Section = {
  name: 'INT',
  title: 'Token introspection (RFC 7662, RFC 9701, FAPI2-MS §5.5)',
  rows: [
    {
      id: 'INT-01',
      clause: 'RFC 7662 §2.1',
      says: 'The token goes in the body of a POST, and into no log.',
      check: QUESTION,
      tests: [
        at('services/introspection/question', 'is a POST with the token in its body alone'),
        at('services/introspection/question', 'what is no answer', 'our credentials refused'),
      ],
    },
    {
      id: 'INT-02',
      clause: 'RFC 7662 §2.1, §4',
      says: 'The gateway authenticates, by assertions for this issuer alone or by certificate, or by secret.',
      check: 'src/services/introspection/authentication.ts',
      tests: [
        at('services/introspection/question', 'private_key_jwt with %s'),
        at('services/introspection/question', 'a question (RFC 7662', 'self_signed_tls_client_auth'),
        at('e2e/introspection', 'are asked about by %s'),
      ],
    },
    {
      id: 'INT-03',
      clause: 'RFC 7662 §2.2',
      says: 'Only the boolean true is active.',
      check: ACCEPT,
      tests: [
        at('verify/access-token/accept-introspection', 'takes nothing for active but true: %s', 'a text'),
        wire('introspection', 'TOKEN_INACTIVE'),
      ],
    },
    {
      id: 'INT-04',
      clause: 'RFC 7662 §2.3',
      says: 'That the server refuses us, or fails, is not held against the client: 503.',
      check: ['src/services/introspection/answer.ts', 'src/verify/access-token/verify.ts'],
      tests: [
        at('gateway/introspection', '%s is 503 with Retry-After, never 401', 'our credentials refused'),
        at('e2e/introspection', 'of a server that does not know the gateway cannot be judged: 503, not 401'),
        wire('introspection', 'TOKEN_INTROSPECTION_UNAVAILABLE'),
      ],
    },
    {
      id: 'INT-05',
      clause: 'RFC 7662 §2.2, §4',
      says: 'What the answer says of time, issuer, audience and client must hold, like that of a JWT.',
      check: ACCEPT,
      tests: [
        at('verify/access-token/accept-introspection', 'refuses %s', 'the end of its time'),
        at('verify/access-token/accept-introspection', 'refuses %s', 'another audience'),
        at('gateway/introspection', 'is refused with %s (%i): %j', 'TOKEN_ISSUER'),
      ],
    },
    {
      id: 'INT-06',
      clause: 'RFC 8705 §3.2, RFC 9449 §6.2',
      says: 'The binding is what the answer says in cnf; a token with a DPoP key is of the type DPoP, and no other is.',
      check: [ACCEPT, 'src/decision/possession.ts'],
      tests: [
        wire('introspection', 'TOKEN_BINDING'),
        at('verify/access-token/accept-introspection', 'of a token with jkt, the type %s is %s'),
        at('gateway/introspection', 'of the type DPoP is no bearer token where those are welcome'),
        at('gateway/introspection', 'is refused with %s (%i): %j', 'TOKEN_UNBOUND'),
      ],
    },
    {
      id: 'INT-07',
      clause: 'RFC 7662 §4',
      says: 'An answer is remembered by token and configured issuer, as long as is said, never past its end, or not at all.',
      check: INTROSPECTOR,
      tests: [
        at('services/introspection/introspector', 'never beyond exp'),
        at('gateway/introspection', 'an answer, for as long as the configuration says'),
        at('gateway/introspection', 'by another entry of the configuration, never'),
        at('gateway/introspection', 'nothing, with cache: 0ms'),
      ],
      lacks: 'as much as five minutes can be configured; the default is thirty seconds',
    },
    {
      id: 'INT-08',
      clause: 'RFC 7662 §4',
      says: 'Floods of bad tokens cost the server little: remembered shortly, asked once, bounded, with rests.',
      check: INTROSPECTOR,
      tests: [
        at('gateway/introspection', 'that a token is not active, shortly'),
        at('gateway/introspection', '50 requests that wait for one token share one question'),
        at('services/introspection/introspector', 'is bounded: what is too much is not asked'),
        at('services/introspection/introspector', 'that lasts gives the server a rest'),
      ],
      lacks: 'the bound is one for all clients of an issuer, not one for each',
    },
    {
      id: 'INT-09',
      clause: 'FAPI2-MS §5.5.2(1), RFC 9701 §4',
      says: 'Where signed answers are due they are asked for, and no other is taken.',
      check: ['src/services/introspection/answer.ts', QUESTION],
      tests: [
        at('gateway/introspection', 'JSON where a signed answer is due'),
        at('gateway/introspection', 'and not where it is signed'),
        at('services/introspection/signed-answer', 'is not replaced by plain JSON or by a plain JWT'),
      ],
    },
    {
      id: 'INT-10',
      clause: 'FAPI2-MS §5.5.2(2), RFC 9701 §5, RFC 7519 §4.1.4, §4.1.5',
      says: 'A signed answer is of its type, from the issuer, for this gateway, made just now, not over, and verifies.',
      check: SIGNED,
      tests: [
        at('services/introspection/signed-answer', 'is not taken %s', 'for somebody else'),
        at('services/introspection/signed-answer', 'is not taken %s', 'too old'),
        at('services/introspection/signed-answer', 'is not taken %s', 'over by its own exp'),
        at('services/introspection/signed-answer', 'is not taken %s', 'by another key under this name'),
        at('e2e/introspection', 'are asked about by signed answers (RFC 9701)'),
      ],
    },
    {
      id: 'INT-11',
      clause: 'RFC 9701 §8.1',
      says: 'A signed answer is no access token, and nothing beside its nested object is taken for the token’s.',
      check: [SIGNED, 'src/verify/access-token/dialect.ts'],
      tests: [
        at('attacks/token-confusion', 'what reads %s takes no other', 'token-introspection+jwt'),
        at(
          'services/introspection/signed-answer',
          'is what stands under token_introspection, and nothing beside it',
        ),
      ],
    },
    {
      id: 'INT-12',
      clause: 'RFC 9701 §6',
      says: 'RS256, the default of such answers, is refused.',
      check: SIGNED,
      tests: [at('services/introspection/signed-answer', 'is not taken %s', 'by RS256, which FAPI forbids')],
      lacks:
        'an issuer for which RS256 is configured (announced, and refused with strict) may sign answers with it too',
    },
    {
      id: 'INT-13',
      clause: 'FAPI2-MS §5.5.1, §6.2',
      says: 'The server signs, and takes no client for a resource server.',
      not: 'applicable',
      because: 'It binds authorization servers, and the gateway stands before resource servers.',
    },
    {
      id: 'INT-14',
      clause: 'FAPI2-MS §5.2, §7',
      says: 'Signed answers can be kept as evidence.',
      check: ['src/gateway/signature-evidence.ts', SIGNED],
      tests: [
        at(
          'gateway/evidence-introspection',
          'what an authorization server signed of a token is kept with each request that was judged by it',
        ),
        at('services/introspection/signed-answer', 'is kept with the key that verified it'),
      ],
      lacks: 'the files are for their owner alone, but they are not encrypted, and nothing deletes old ones',
    },
  ],
}
