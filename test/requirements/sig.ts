import { at, type Evidence, type Section } from './requirement.ts'
import { COMPONENTS } from './sig-components.ts'

const VERIFY = 'src/verify/message-signature/verify.ts'
const INPUT = 'src/verify/message-signature/signature-input.ts'
const ALGORITHMS = 'src/verify/message-signature/signature-algorithms.ts'
const BASE = 'src/verify/message-signature/signature-base.ts'
const COVERAGE = 'src/verify/message-signature/coverage.ts'

export const SIG: Section = {
  name: 'SIG',
  title: 'HTTP Message Signatures core (RFC 9421)',
  rows: [
    {
      id: 'SIG-01',
      clause: 'RFC 9421 §3.2(1), §4',
      says: 'Both fields are dictionaries, and every label is in both.',
      check: INPUT,
      tests: [
        signature('signature-input', 'fields that are malformed: %s', 'not a dictionary'),
        signature('signature-input', 'fields that are not both there: %s', 'Signature-Input alone'),
        signature(
          'signature-input',
          'fields that are not both there: %s',
          'Signature alone, as drafts had it',
        ),
      ],
    },
    {
      id: 'SIG-02',
      clause: 'RFC 9421 §3.2(1), §7.2.6, §7.2.7',
      says: 'Signatures are chosen by their tag, at most four are looked at, and others neither help nor harm.',
      check: [VERIFY, INPUT],
      tests: [
        signature('verify', 'those with another tag neither help nor harm'),
        signature('verify', '%s: first %s, second %s: %s'),
        signature('signature-input', 'fields that are malformed: %s', 'five signatures'),
      ],
    },
    {
      id: 'SIG-03',
      clause: 'RFC 9421 §4.1',
      says: 'A label that comes twice is refused.',
      check: INPUT,
      tests: [
        signature('signature-input', 'fields that are malformed: %s', 'a label twice'),
        signature('signature-input', 'fields that are malformed: %s', 'a signature twice'),
      ],
    },
    {
      id: 'SIG-04',
      clause: 'RFC 9421 §3.2(2)',
      says: 'What is covered is an inner list, and the order of its parameters is kept.',
      check: INPUT,
      tests: [
        signature('parameters', '%s moved to the front after it was signed'),
        signature('signature-input', 'fields that are malformed: %s', 'an item for an inner list'),
      ],
    },
    {
      id: 'SIG-05',
      clause: 'RFC 9421 §3.2(3)',
      says: 'A signature is a byte sequence, as long as its algorithm makes it.',
      check: [INPUT, 'src/verify/jose/signature.ts'],
      tests: [
        signature('signature-input', 'fields that are malformed: %s', 'not a dictionary of bytes'),
        signature('keys', 'a signature in DER, one cut off, one with an octet more'),
      ],
    },
    {
      id: 'SIG-06',
      clause: 'RFC 9421 §3.2(4), §3.2.1',
      says: 'Coverage, age, tag and parameters are checked before any cryptography.',
      check: [VERIFY, COVERAGE],
      tests: [
        signature('covered-components', '%s left out: %s'),
        signature('parameters', 'the window of created, to the second'),
      ],
    },
    {
      id: 'SIG-07',
      clause: 'RFC 9421 §3.2(5), §7.3.4',
      says: "The key is one of the token's client, and keyid only chooses among those.",
      check: ['src/decision/message-signature.ts', VERIFY],
      tests: [
        at('decision/message-signature', "must be by a key of the token's client"),
        at('gateway/message-signature', "of a client's key with the token of another client"),
        signature('keys', 'a key of another client is none of this one'),
      ],
    },
    {
      id: 'SIG-08',
      clause: 'RFC 9421 §3.2(6)',
      says: 'What alg says, what the key is for and what the profile admits must agree.',
      check: [ALGORITHMS, VERIFY],
      tests: [
        signature('keys', 'what the profile admits and the key is not for, or the other way round'),
        signature('keys', 'alg %s of the profile fapi2'),
      ],
    },
    {
      id: 'SIG-09',
      clause: 'RFC 9421 §3.2(7)',
      says: 'The base is built from what came, and the label is no part of it.',
      check: BASE,
      tests: [
        signature('rfc9421', '$id is $expected'),
        signature('signature-input', 'the label may be changed on the way, in both'),
      ],
    },
    {
      id: 'SIG-10',
      clause: 'RFC 9421 §3.2(8), §7.3.5',
      says: 'The signature is verified, never made again and compared.',
      check: 'src/verify/jose/signature.ts',
      tests: [signature('rfc9421', '$id is $expected'), signature('keys', 'another key under the same name')],
    },
    ...COMPONENTS,
    {
      id: 'SIG-30',
      clause: 'RFC 9421 §3.3',
      says: 'The registered algorithms are there; PKCS#1 and MAC are off.',
      check: ALGORITHMS,
      tests: [
        signature('rfc9421', '$id is $expected'),
        signature('rfc9421', 'b25, a MAC, verifies with its secret and with no other'),
        signature('keys', 'alg %s of the profile fapi2'),
      ],
    },
    {
      id: 'SIG-31',
      clause: 'RFC 9421 §3.3.7',
      says: 'Algorithms of JWS are determined by the key, and are no values of alg.',
      check: ALGORITHMS,
      tests: [
        signature('keys', '%s by its key alone, without alg'),
        signature('parameters', '%s altered to %s: %s'),
      ],
    },
    {
      id: 'SIG-32',
      clause: 'RFC 9421 §5',
      says: 'A refusal says what to sign, and what a client asks for is signed where it can be.',
      check: [
        'src/verify/message-signature/accept-signature.ts',
        'src/decision/challenge.ts',
        'src/decision/sign-answer.ts',
      ],
      tests: [
        at('gateway/message-signature', 'a refusal says what to sign, by the request that was refused'),
        at('gateway/signed-answers', 'as the client asks for it (RFC 9421 §5)'),
        at('gateway/signed-answers', 'a wish that cannot be fulfilled is passed over: %s'),
      ],
    },
    {
      id: 'SIG-33',
      clause: 'RFC 9421 §7.2.2',
      says: 'A nonce, or a signature without one, is used once.',
      check: ['src/verify/message-signature/once.ts', 'src/decision/spend.ts'],
      tests: [
        at('gateway/message-signature', 'a nonce comes once'),
        at('gateway/message-signature', 'of a certificate-bound token: once, where it changes something'),
        signature('once', 'the nonce where there is one, else what is signed'),
      ],
    },
    {
      id: 'SIG-34',
      clause: 'RFC 9421 §7.2.1, §4.3',
      says: 'Nothing is taken from what is not covered: what a request is judged by is demanded to be covered.',
      check: COVERAGE,
      tests: [signature('covered-components', 'a component with other parameters is another one')],
      lacks: 'Fields that are not covered are forwarded as they came.',
    },
  ],
}

function signature(file: string, title: string, row: string | null = null): Evidence {
  return at(`verify/message-signature/${file}`, title, row)
}
