import { at, type Section } from './requirement.ts'

export const FSIG: Section = {
  name: 'FSIG',
  title: 'FAPI 2.0 HTTP Signatures profile (draft)',
  rows: [
    {
      id: 'FSIG-01',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(2)',
      says: 'Requests are verified according to RFC 9421.',
      check: ['src/verify/message-signature/verify.ts'],
      tests: [at('gateway/message-signature', 'passes, with a query, with a body and its digest')],
    },
    {
      id: 'FSIG-02',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(5)',
      says: 'The components @method and @target-uri are covered; parts of the target do not stand for it.',
      check: ['src/verify/message-signature/profile.ts', 'src/verify/message-signature/coverage.ts'],
      tests: [
        at('verify/message-signature/covered-components', '%s left out: %s'),
        at('verify/message-signature/covered-components', 'parts of the target do not stand for the whole'),
      ],
    },
    {
      id: 'FSIG-03',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(5)',
      says: 'The field authorization is covered, as it is.',
      check: ['src/verify/message-signature/profile.ts', 'src/verify/message-signature/coverage.ts'],
      tests: [at('verify/message-signature/covered-components', '%s left out: %s')],
    },
    {
      id: 'FSIG-04',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(7)',
      says: 'The field dpop is covered wherever the request has it.',
      check: ['src/verify/message-signature/profile.ts', 'src/verify/message-signature/coverage.ts'],
      tests: [
        at('verify/message-signature/covered-components', '%s left out: %s'),
        at('gateway/message-signature', 'a DPoP field must be covered even beside a certificate'),
      ],
    },
    {
      id: 'FSIG-05',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(8)',
      says: 'Where there is a body content-digest is there and covered.',
      check: ['src/verify/message-signature/profile.ts', 'src/verify/message-signature/coverage.ts'],
      tests: [
        at('verify/message-signature/verify', 'covers the digest where there is a body'),
        at(
          'gateway/message-signature',
          'does not pass where it is altered, and nothing reaches the upstream',
        ),
      ],
    },
    {
      id: 'FSIG-06',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(6)',
      says: 'The parameter created is there and lies in its window, on both sides.',
      check: ['src/verify/message-signature/verify.ts'],
      tests: [at('verify/message-signature/parameters', 'the window of created, to the second')],
    },
    {
      id: 'FSIG-07',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(4)',
      says: 'The tag is fapi-2-request, of exactly one signature.',
      check: ['src/verify/message-signature/verify.ts', 'src/verify/message-signature/profile.ts'],
      tests: [
        at('verify/message-signature/verify', '%s: first %s, second %s: %s'),
        at('verify/message-signature/verify', 'those with another tag neither help nor harm'),
      ],
    },
    {
      id: 'FSIG-08',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(1)',
      says: 'The public key is one that is registered for the client.',
      check: ['src/decision/message-signature.ts', 'src/runtime/settings/client-keys.ts'],
      tests: [at('gateway/message-signature', "of a client's key with the token of another client")],
    },
    {
      id: 'FSIG-09',
      clause: 'FAPI2-HTTPSIG §5.3.1.2(3)',
      says: 'A missing or bad signature is answered 401, and no new token is asked for.',
      check: ['src/verify/message-signature/denials.ts'],
      tests: [
        at('decision/message-signature', 'refusals ask for no new token'),
        at('gateway/denials', 'over HTTP/%s'),
      ],
    },
    {
      id: 'FSIG-10',
      clause: 'ours; FAPI2-SP §5.4.1',
      says: 'The algorithms are those of the FAPI 2.0 Security Profile.',
      check: ['src/verify/message-signature/profile.ts'],
      tests: [
        at('verify/message-signature/keys', 'alg %s of the profile fapi2'),
        at('gateway/message-signature', 'passes by a key for $alg'),
      ],
    },
    {
      id: 'FSIG-11',
      clause: 'ours',
      says: 'A keyid is demanded, expires is honoured, nonces are remembered, and what changes something comes once.',
      check: ['src/verify/message-signature/profile.ts', 'src/verify/message-signature/once.ts'],
      tests: [
        at('verify/message-signature/parameters', '%s taken out: %s'),
        at('gateway/message-signature', 'of a certificate-bound token: once, where it changes something'),
      ],
    },
    {
      id: 'FSIG-12',
      clause: 'ours',
      says: 'A profile of a route can demand more components, which refusals say.',
      check: ['src/config/schema/signature.ts', 'src/config/compile-signature.ts'],
      tests: [
        at(
          'verify/message-signature/covered-components',
          'another component than those of the profile that a custom one asks for',
        ),
        at('gateway/message-signature', 'a refusal says what to sign, by the request that was refused'),
      ],
    },
    {
      id: 'FSIG-13',
      clause: 'RFC 9421 §7.2.8',
      says: 'The digest is not only covered but compared with the body.',
      check: ['src/config/compile-body-rules.ts'],
      tests: [
        at(
          'gateway/message-signature',
          'does not pass where it is altered, and nothing reaches the upstream',
        ),
      ],
    },
    {
      id: 'FSIG-14',
      clause: 'FAPI2-HTTPSIG §5.3.2.1(1), (4) to (6)',
      says: 'Answers are signed, over @status, with created and the tag fapi-2-response; refusals and errors too.',
      check: ['src/gateway/sign-response.ts', 'src/verify/message-signature/profile.ts'],
      tests: [
        at('gateway/signed-answers', 'is signed, over the request and its signature'),
        at('gateway/signed-answers', 'to %s is signed as well'),
      ],
    },
    {
      id: 'FSIG-15',
      clause: 'FAPI2-HTTPSIG §5.3.2.1(2)',
      says: 'They cover method, target and digest of the request, as it came.',
      check: ['src/decision/sign-answer.ts', 'src/verify/message-signature/profile.ts'],
      tests: [
        at('gateway/signed-answers', 'is signed, over the request and its signature'),
        at(
          'gateway/signed-answers',
          'covers the digest of the request where it had one, and answers by the algorithm that is wanted',
        ),
      ],
    },
    {
      id: 'FSIG-16',
      clause: 'FAPI2-HTTPSIG §5.3.2.1(3)',
      says: 'They cover the signature of the request, by the label that was verified.',
      check: ['src/decision/sign-answer.ts'],
      tests: [
        at('gateway/signed-answers', 'is signed, over the request and its signature'),
        at('gateway/signed-answers', 'as a custom profile says'),
      ],
    },
    {
      id: 'FSIG-17',
      clause: 'FAPI2-HTTPSIG §5.3.2.1(7)',
      says: 'A body of an answer is digested, and the digest covered; without a body there is none.',
      check: ['src/gateway/signed-answer.ts'],
      tests: [
        at('gateway/signed-answers', 'without a body there is no digest: %s'),
        at('gateway/signed-answers', 'too long to be held: refused, or under the digest of the upstream'),
      ],
    },
    {
      id: 'FSIG-18',
      clause: 'FAPI2-HTTPSIG §5.3.2.1',
      says: 'They cover what else matters: content-type, and the credentials of the request.',
      check: ['src/verify/message-signature/profile.ts'],
      tests: [at('gateway/signed-answers', 'is signed, over the request and its signature')],
    },
    {
      id: 'FSIG-19',
      clause: 'FAPI2-HTTPSIG §5.3.2.2',
      says: 'A client can verify all of it.',
      check: ['src/verify/message-signature/verify.ts'],
      tests: [at('gateway/signed-answers', 'is signed, over the request and its signature')],
    },
  ],
}
