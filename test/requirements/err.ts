import { at, rung, type Section, wire } from './requirement.ts'

const CHALLENGE = 'src/decision/challenge.ts'
const BODY = 'src/decision/answer-body.ts'

export const ERR: Section = {
  name: 'ERR',
  title: 'Errors and status codes (RFC 9457)',
  rows: [
    {
      id: 'ERR-01',
      clause: 'RFC 9457 §3; RFC 9205',
      says: 'A refusal has problem details beside its challenge; their status is the real one, their instance the interaction id.',
      check: [BODY, CHALLENGE],
      tests: [
        at(
          'decision/answer-body',
          'have the status as a number, and code, clause and interaction id as extensions',
        ),
        at('decision/answer-body', 'link to the documentation where it is configured'),
        wire('token', 'TOKEN_EXPIRED'),
      ],
      lacks: 'type is a URN unless errors.documentation says where the codes are explained',
    },
    {
      id: 'ERR-02',
      clause: 'RFC 9457 §5; RFC 9421 §8.3',
      says: 'Bodies leak nothing of the inside and are no oracle; the precise reason is for the operator.',
      check: [BODY, 'src/gateway/record.ts', 'src/gateway/refusals.ts'],
      tests: [
        at('gateway/denials-in-process', 'INTERNAL_FAULT, which tells the operator alone'),
        at('gateway/refusals', 'over HTTP/%s is explained as it was decided'),
      ],
      lacks:
        'the public reason is one for each check, not one for a family: it names what failed and no value of it',
    },
    {
      id: 'ERR-03',
      clause: 'RFC 6749 §5.2; RFC 9126 §2.3',
      says: 'Where OAuth prescribes its own JSON errors a route answers with them instead.',
      check: [BODY, 'src/config/compile-answers.ts'],
      tests: [
        at('decision/answer-body', 'has the error of the challenge'),
        at('gateway/answers', 'oauth: the error of the challenge, in JSON, over HTTP/%s'),
        at('gateway/answers', 'a route can have the other form, with a link to the documentation'),
      ],
      lacks: 'endpoints of an authorization server are not known as such: the route says errors.format oauth',
    },
    {
      id: 'ERR-04',
      clause: 'RFC 9110 §15.5.2, §11.6.1',
      says: 'Every 401 has at least one challenge.',
      check: CHALLENGE,
      tests: [
        at('decision/challenge', 'come with every 401 there is, and with no fault of ours'),
        rung('a token that has expired'),
      ],
    },
    {
      id: 'ERR-05',
      clause: 'RFC 6750 §3.1; RFC 9470 §3',
      says: 'Lack of scope and a step-up are told in the scheme that the client used.',
      check: CHALLENGE,
      tests: [wire('token', 'SCOPE_INSUFFICIENT'), rung('a weak authentication'), rung('no scope')],
    },
    {
      id: 'ERR-06',
      clause: 'FAPI2-HTTPSIG §5.3.1.2 (3); RFC 9110 §15.5.2',
      says: 'A failed message signature is 401 with invalid_request, never invalid_token, and says what is to be signed.',
      check: ['src/verify/message-signature/denials.ts', CHALLENGE],
      tests: [
        rung('another signature than was made'),
        wire('signature', 'SIG_ABSENT'),
        wire('signature', 'SIG_INVALID'),
        at('gateway/message-signature', 'a refusal says what to sign, by the request that was refused'),
        at('decision/message-signature', 'refusals ask for no new token'),
      ],
      lacks: 'the status is 401 always; there is no switch to 400',
    },
    {
      id: 'ERR-07',
      clause: 'ours; RFC 9110 §15.6.4, §10.2.3',
      says: 'A failed dependency is 503 with Retry-After, never 401; a failed upstream 502 or 504.',
      check: ['src/verify/access-token/denials.ts', 'src/services/upstream/faults.ts', CHALLENGE],
      tests: [
        at(
          'gateway/precedence',
          'what cannot be judged is 503 at its step, with Retry-After and without a challenge',
        ),
        wire('introspection', 'TOKEN_INTROSPECTION_UNAVAILABLE'),
        at('decision/challenge', 'come with every 401 there is, and with no fault of ours'),
        at('gateway/denials', ', over HTTP/%s', 'UPSTREAM_TIMEOUT'),
      ],
    },
    {
      id: 'ERR-08',
      clause: 'RFC 9111; RFC 9449 §8.2',
      says: 'Refusals, and answers with a nonce, are not to be stored; where answers are signed, so are refusals.',
      check: [CHALLENGE, 'src/gateway/fields.ts', 'src/gateway/sign-response.ts'],
      tests: [
        at('decision/challenge', 'forbid storing, tell what is allowed, and when to come again'),
        at('gateway/nonce', 'a fresh one comes with the answer when less than a third of its life is left'),
        at('gateway/signed-answers', 'to %s is signed as well', 'a wrong signature'),
      ],
    },
  ],
}
