import { at, rung, type Section } from './requirement.ts'

const DECIDE = 'src/decision/decide.ts'

export const PREC: Section = {
  name: 'PREC',
  title: 'Of several faults, which is answered',
  rows: [
    {
      id: 'PREC-01',
      clause: 'ours, row 1; RFC 9112 §2.2',
      says: 'Broken framing, a bad or foreign host and forbidden fields: 400, 421 or 431, without a challenge, and the connection ends.',
      check: ['src/decision/scan.ts', 'src/gateway/parse-fault.ts'],
      tests: [
        rung('a foreign host'),
        rung('a forbidden field'),
        at('gateway/answers', 'it holds for what never became a request'),
      ],
    },
    {
      id: 'PREC-02',
      clause: 'ours, row 1a; RFC 9110 §15.5',
      says: 'No route is 404, another method 405 with Allow, too large a body 413; without a challenge.',
      check: DECIDE,
      tests: [
        rung('a body that is too large'),
        at(
          'gateway/precedence',
          'no route 404, another method 405 with Allow, whatever else is wrong; no challenge',
        ),
      ],
    },
    {
      id: 'PREC-03',
      clause: 'ours, row 2; RFC 6750 §3.1',
      says: 'No credentials: 401 with a bare challenge for each scheme, and where the metadata is.',
      check: [DECIDE, 'src/decision/challenge.ts'],
      tests: [
        at(
          'gateway/precedence',
          'no credentials: bare challenges, one for each scheme, that say where the metadata is',
        ),
      ],
    },
    {
      id: 'PREC-04',
      clause: 'ours, row 3; RFC 6750 §2',
      says: 'Two ways of sending a token, or a credential field twice: 400 invalid_request in all challenges.',
      check: DECIDE,
      tests: [rung('two DPoP fields')],
    },
    {
      id: 'PREC-05',
      clause: 'ours, row 4; FAPI2-SP §5.3.4 (2)',
      says: 'A token in the query, also beside a good one: 400 invalid_request.',
      check: 'src/verify/access-token/extract.ts',
      tests: [rung('a token in the query as well')],
    },
    {
      id: 'PREC-06',
      clause: 'ours, row 5; RFC 9110 §15.6.4',
      says: 'What cannot be judged is 503 at the step that needs it; an earlier refusal stands.',
      check: DECIDE,
      tests: [
        at(
          'gateway/precedence',
          'what cannot be judged is 503 at its step, with Retry-After and without a challenge',
        ),
      ],
    },
    {
      id: 'PREC-07',
      clause: 'ours, row 6; RFC 6750 §3.1',
      says: 'A bad token, and one that came in the wrong scheme for its cnf: 401 invalid_token.',
      check: ['src/verify/access-token/verify-jwt.ts', 'src/decision/possession.ts'],
      tests: [rung('a token that has expired')],
      lacks:
        'that a token was revoked is told after possession is proved, as our order of work has it: nobody but its sender is told, or has a status list fetched',
    },
    {
      id: 'PREC-08',
      clause: 'ours, row 7; RFC 9449 §4.3',
      says: 'A bad proof: 401 invalid_dpop_proof with algs.',
      check: 'src/verify/dpop/proof.ts',
      tests: [rung('a proof for another method')],
    },
    {
      id: 'PREC-09',
      clause: 'ours, row 8; RFC 9449 §4.3 (12), RFC 8705 §3',
      says: 'Another key or another certificate than the token is bound to: 401 invalid_token.',
      check: ['src/verify/dpop/proof.ts', 'src/decision/possession.ts'],
      tests: [
        rung("a thief's key"),
        at(
          'gateway/precedence',
          'of a token that is bound twice, another certificate comes after a bad proof and before the nonce',
        ),
      ],
    },
    {
      id: 'PREC-10',
      clause: 'ours, row 9; RFC 9449 §8, §9',
      says: 'All is sound but the nonce: 401 use_dpop_nonce with DPoP-Nonce, also where the clock is wrong.',
      check: 'src/verify/dpop/proof.ts',
      tests: [
        rung('no nonce'),
        at('gateway/precedence', 'the answer that asks for a nonce, field by field'),
        at('gateway/precedence', 'a wrong clock is told the nonce, not that its proof is stale'),
      ],
    },
    {
      id: 'PREC-11',
      clause: 'ours, row 10; FAPI2-HTTPSIG §5.3.1.2 (3)',
      says: 'A message signature is missing or bad: 401 invalid_request with Accept-Signature.',
      check: [DECIDE, 'src/decision/message-signature.ts', 'src/decision/challenge.ts'],
      tests: [
        rung('another signature than was made'),
        at('gateway/message-signature', 'a refusal says what to sign, by the request that was refused'),
      ],
    },
    {
      id: 'PREC-12',
      clause: 'ours, row 12; RFC 9470 §3',
      says: 'Authentication that is too weak or too old: 401 insufficient_user_authentication.',
      check: 'src/config/compile-authority.ts',
      tests: [rung('a weak authentication')],
    },
    {
      id: 'PREC-13',
      clause: 'ours, row 13; RFC 6750 §3.1',
      says: 'Scope or authorization details that do not suffice, and then a consent that does not: 403.',
      check: ['src/decision/authority.ts', 'src/decision/consent.ts'],
      tests: [
        rung('no scope'),
        rung('details for another account'),
        rung('a consent that was revoked'),
        rung('another amount than was authorized'),
      ],
    },
    {
      id: 'PREC-14',
      clause: 'ours, row 13a; RFC 9449 §11.1',
      says: 'A proof that was spent: 401 invalid_dpop_proof, after all that the head says and before the body.',
      check: 'src/gateway/serve.ts',
      tests: [
        at('gateway/precedence', 'a spent proof comes after all that the head says and before the body'),
      ],
    },
    {
      id: 'PREC-15',
      clause: 'ours, row 13b; RFC 9530',
      says: 'A body that is not the one that was digested: 400.',
      check: 'src/decision/decide-body.ts',
      tests: [rung('another body than was digested')],
    },
    {
      id: 'PREC-16',
      clause: 'ours, row 14; RFC 6585 §4',
      says: 'A quota that is used up: 429 with Retry-After.',
      not: 'built',
      because:
        'Requests are not counted by client, so there is no quota that could be used up; what protects the gateway itself is 503 (OVERLOADED).',
    },
    {
      id: 'PREC-17',
      clause: 'ours, the worked answers; RFC 9449 §8',
      says: 'The challenge has realm, error, description, algs and where the metadata is, each once, in this order.',
      check: 'src/decision/challenge.ts',
      tests: [at('gateway/precedence', 'the answer that asks for a nonce, field by field')],
      lacks: 'the realm is the public origin, not a name of the resource',
    },
  ],
}
