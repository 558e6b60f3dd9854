import { at, type Section } from './requirement.ts'

export const SIG: Section = {
  name: 'SIG',
  title: 'HTTP Message Signatures core (RFC 9421)',
  rows: [
    {
      id: 'SIG-01',
      clause: 'RFC 9421 §3.2(1), §4',
      says: 'Both fields are dictionaries, and every label is in both.',
      check: ['src/verify/message-signature/signature-input.ts'],
      tests: [
        at('verify/message-signature/signature-input', 'fields that are malformed: %s', 'not a dictionary'),
        at(
          'verify/message-signature/signature-input',
          'fields that are not both there: %s',
          'Signature-Input alone',
        ),
        at(
          'verify/message-signature/signature-input',
          'fields that are not both there: %s',
          'Signature alone, as drafts had it',
        ),
      ],
    },
    {
      id: 'SIG-02',
      clause: 'RFC 9421 §3.2(1), §7.2.6, §7.2.7',
      says: 'Signatures are chosen by their tag, at most four are looked at, and others neither help nor harm.',
      check: ['src/verify/message-signature/verify.ts', 'src/verify/message-signature/signature-input.ts'],
      tests: [
        at('verify/message-signature/verify', 'those with another tag neither help nor harm'),
        at('verify/message-signature/verify', '%s: first %s, second %s: %s'),
        at('verify/message-signature/signature-input', 'fields that are malformed: %s', 'five signatures'),
      ],
    },
    {
      id: 'SIG-03',
      clause: 'RFC 9421 §4.1',
      says: 'A label that comes twice is refused.',
      check: ['src/verify/message-signature/signature-input.ts'],
      tests: [
        at('verify/message-signature/signature-input', 'fields that are malformed: %s', 'a label twice'),
        at('verify/message-signature/signature-input', 'fields that are malformed: %s', 'a signature twice'),
      ],
    },
    {
      id: 'SIG-04',
      clause: 'RFC 9421 §3.2(2)',
      says: 'What is covered is an inner list, and the order of its parameters is kept.',
      check: ['src/verify/message-signature/signature-input.ts'],
      tests: [
        at('verify/message-signature/parameters', '%s moved to the front after it was signed'),
        at(
          'verify/message-signature/signature-input',
          'fields that are malformed: %s',
          'an item for an inner list',
        ),
      ],
    },
    {
      id: 'SIG-05',
      clause: 'RFC 9421 §3.2(3)',
      says: 'A signature is a byte sequence, as long as its algorithm makes it.',
      check: ['src/verify/message-signature/signature-input.ts', 'src/verify/jose/signature.ts'],
      tests: [
        at(
          'verify/message-signature/signature-input',
          'fields that are malformed: %s',
          'not a dictionary of bytes',
        ),
        at('verify/message-signature/keys', 'a signature in DER, one cut off, one with an octet more'),
      ],
    },
    {
      id: 'SIG-06',
      clause: 'RFC 9421 §3.2(4), §3.2.1',
      says: 'Coverage, age, tag and parameters are checked before any cryptography.',
      check: ['src/verify/message-signature/verify.ts', 'src/verify/message-signature/coverage.ts'],
      tests: [
        at('verify/message-signature/covered-components', '%s left out: %s'),
        at('verify/message-signature/parameters', 'the window of created, to the second'),
      ],
    },
    {
      id: 'SIG-07',
      clause: 'RFC 9421 §3.2(5), §7.3.4',
      says: "The key is one of the token's client, and keyid only chooses among those.",
      check: ['src/decision/message-signature.ts', 'src/verify/message-signature/verify.ts'],
      tests: [
        at('decision/message-signature', "must be by a key of the token's client"),
        at('gateway/message-signature', "of a client's key with the token of another client"),
        at('verify/message-signature/keys', 'a key of another client is none of this one'),
      ],
    },
    {
      id: 'SIG-08',
      clause: 'RFC 9421 §3.2(6)',
      says: 'What alg says, what the key is for and what the profile admits must agree.',
      check: [
        'src/verify/message-signature/signature-algorithms.ts',
        'src/verify/message-signature/verify.ts',
      ],
      tests: [
        at(
          'verify/message-signature/keys',
          'what the profile admits and the key is not for, or the other way round',
        ),
        at('verify/message-signature/keys', 'alg %s of the profile fapi2'),
      ],
    },
    {
      id: 'SIG-09',
      clause: 'RFC 9421 §3.2(7)',
      says: 'The base is built from what came, and the label is no part of it.',
      check: ['src/verify/message-signature/signature-base.ts'],
      tests: [
        at('verify/message-signature/rfc9421', '$id is $expected'),
        at('verify/message-signature/signature-input', 'the label may be changed on the way, in both'),
      ],
    },
    {
      id: 'SIG-10',
      clause: 'RFC 9421 §3.2(8), §7.3.5',
      says: 'The signature is verified, never made again and compared.',
      check: ['src/verify/jose/signature.ts'],
      tests: [
        at('verify/message-signature/rfc9421', '$id is $expected'),
        at('verify/message-signature/keys', 'another key under the same name'),
      ],
    },
    {
      id: 'SIG-11',
      clause: 'RFC 9421 §2, §2.5',
      says: 'A component is covered once; the order of its parameters makes it no other.',
      check: ['src/verify/message-signature/component.ts', 'src/verify/message-signature/signature-input.ts'],
      tests: [
        at('verify/message-signature/covered-components', '%s repeated'),
        at('verify/message-signature/component', '%s: %s is %s', 'in another order twice'),
      ],
    },
    {
      id: 'SIG-12',
      clause: 'RFC 9421 §2.5',
      says: 'Unknown components and parameters, absent fields, and parameters that do not go together are refused.',
      check: ['src/verify/message-signature/component.ts', 'src/verify/message-signature/component-value.ts'],
      tests: [
        at(
          'verify/message-signature/component',
          'a component that is none: %s',
          'an unknown derived component',
        ),
        at('verify/message-signature/component', 'a component that is none: %s', 'bs with sf'),
        at('verify/message-signature/component', '%s: %s is %s', 'a field that is not there'),
      ],
    },
    {
      id: 'SIG-13',
      clause: 'RFC 9421 §2.5, §7.5.1',
      says: 'What begins with @ is derived, and never looked up among the fields.',
      check: ['src/verify/message-signature/component.ts', 'src/verify/message-signature/component-value.ts'],
      tests: [
        at(
          'verify/message-signature/component',
          'a component that is none: %s',
          'an unknown derived component',
        ),
        at(
          'verify/message-signature/rfc9421-components',
          '@status is of a response, and req only in one (§2.2.9, §2.4)',
        ),
      ],
    },
    {
      id: 'SIG-14',
      clause: 'RFC 9421 §2.5',
      says: 'The base is ASCII, and no value in it has a line break.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [
        at(
          'verify/message-signature/rfc9421-components',
          'what cannot stand in a base is refused, unless as bytes',
        ),
      ],
    },
    {
      id: 'SIG-15',
      clause: 'RFC 9421 §2.1',
      says: 'The lines of a field are trimmed, unfolded and joined in their order, out of the raw fields.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [
        at('verify/message-signature/rfc9421-components', '%s is %s', 'x-obs-fold-header'),
        at('verify/message-signature/rfc9421', '$id is $expected'),
      ],
    },
    {
      id: 'SIG-16',
      clause: 'RFC 9421 §2.1',
      says: 'Names of fields are in lower case.',
      check: ['src/verify/message-signature/component.ts'],
      tests: [at('verify/message-signature/component', 'a component that is none: %s', 'upper case')],
    },
    {
      id: 'SIG-17',
      clause: 'RFC 9421 §2.1.1',
      says: 'With sf a field is serialised anew, if it is known to be structured.',
      check: [
        'src/verify/message-signature/component-value.ts',
        'src/verify/message-signature/field-types.ts',
      ],
      tests: [
        at('verify/message-signature/rfc9421-components', '%s is %s', 'example-dict;sf'),
        at('verify/message-signature/component', '%s: %s is %s', 'sf on a field of unknown type'),
      ],
    },
    {
      id: 'SIG-18',
      clause: 'RFC 9421 §2.1.2',
      says: 'With key one member of a dictionary is covered, which must be there.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [at('verify/message-signature/rfc9421-components', '%s is %s', 'example-dict;key="b"')],
    },
    {
      id: 'SIG-19',
      clause: 'RFC 9421 §2.1.3',
      says: 'With bs each line is a byte sequence.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [at('verify/message-signature/rfc9421-components', '%s is %s', 'example-header;bs')],
    },
    {
      id: 'SIG-20',
      clause: 'RFC 9421 §2.1.4',
      says: 'With tr a field is one of the trailers, which are not there when a request is judged.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [
        at(
          'verify/message-signature/rfc9421-components',
          'trailers are apart from the head (§2.1.4), and unknown where they have not come',
        ),
        at('verify/message-signature/component', '%s: %s is %s', 'a trailer'),
      ],
    },
    {
      id: 'SIG-21',
      clause: 'RFC 9421 §2.4',
      says: 'With req a component is of the request that is answered, as it came; a request has none.',
      check: ['src/verify/message-signature/component-value.ts', 'src/decision/sign-answer.ts'],
      tests: [
        at('verify/message-signature/rfc9421', '$id is $expected'),
        at('verify/message-signature/component', 'a component that is none: %s', 'req in a request'),
        at('gateway/signed-answers', 'is signed, over the request and its signature'),
      ],
    },
    {
      id: 'SIG-22',
      clause: 'RFC 9421 §2.2.1',
      says: 'The component @method is the method as it came.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [
        at('verify/message-signature/rfc9421-components', '%s is %s', '@method'),
        at('verify/message-signature/covered-components', '%s altered in the message', '@method'),
      ],
    },
    {
      id: 'SIG-23',
      clause: 'RFC 9421 §2.2.2, §7.4.3',
      says: 'The component @target-uri is the public origin with the raw path and query.',
      check: ['src/verify/message-signature/component-value.ts', 'src/decision/scan.ts'],
      tests: [
        at(
          'verify/message-signature/covered-components',
          '%s altered in the message',
          '@target-uri, its query',
        ),
        at(
          'verify/message-signature/rfc9421-proxy',
          "the client's holds where its own authority is known, and nowhere else (§7.4.3)",
        ),
        at('gateway/message-signature', 'passes, with a query, with a body and its digest'),
      ],
    },
    {
      id: 'SIG-24',
      clause: 'RFC 9421 §2.2.3',
      says: 'The component @authority is in lower case, without the port of its scheme.',
      check: ['src/codec/authority.ts', 'src/verify/message-signature/component-value.ts'],
      tests: [at('verify/message-signature/rfc9421-components', '%s is %s', '@authority')],
    },
    {
      id: 'SIG-25',
      clause: 'RFC 9421 §2.2.4 to §2.2.7',
      says: 'The components @scheme, @request-target, @path and @query are as they came, with their forms for what is absent.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [
        at(
          'verify/message-signature/rfc9421-components',
          'the forms of a request without query, or without path',
        ),
      ],
    },
    {
      id: 'SIG-26',
      clause: 'RFC 9421 §2.2.8',
      says: 'The component @query-param is decoded as a form and encoded again; one that comes twice is refused.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [at('verify/message-signature/rfc9421-components', '%s of a form is %s')],
    },
    {
      id: 'SIG-27',
      clause: 'RFC 9421 §2.2.9',
      says: 'The component @status is of responses alone.',
      check: ['src/verify/message-signature/component-value.ts'],
      tests: [
        at(
          'verify/message-signature/rfc9421-components',
          '@status is of a response, and req only in one (§2.2.9, §2.4)',
        ),
      ],
    },
    {
      id: 'SIG-28',
      clause: 'RFC 9421 §2.3',
      says: 'Of the parameters, created and expires are integers, nonce, alg, keyid and tag strings; others are covered and mean nothing.',
      check: ['src/verify/message-signature/signature-input.ts'],
      tests: [
        at('verify/message-signature/parameters', '%s altered to %s: %s'),
        at('verify/message-signature/parameters', 'one that we do not know is covered, and means nothing'),
      ],
    },
    {
      id: 'SIG-29',
      clause: 'RFC 9421 §2.3',
      says: 'The component @signature-params comes last, and is never listed.',
      check: ['src/verify/message-signature/component.ts', 'src/verify/message-signature/signature-base.ts'],
      tests: [at('verify/message-signature/component', 'a component that is none: %s', '@signature-params')],
    },
    {
      id: 'SIG-30',
      clause: 'RFC 9421 §3.3',
      says: 'The registered algorithms are there; PKCS#1 and MAC are off.',
      check: ['src/verify/message-signature/signature-algorithms.ts'],
      tests: [
        at('verify/message-signature/rfc9421', '$id is $expected'),
        at('verify/message-signature/rfc9421', 'b25, a MAC, verifies with its secret and with no other'),
        at('verify/message-signature/keys', 'alg %s of the profile fapi2'),
      ],
    },
    {
      id: 'SIG-31',
      clause: 'RFC 9421 §3.3.7',
      says: 'Algorithms of JWS are determined by the key, and are no values of alg.',
      check: ['src/verify/message-signature/signature-algorithms.ts'],
      tests: [
        at('verify/message-signature/keys', '%s by its key alone, without alg'),
        at('verify/message-signature/parameters', '%s altered to %s: %s'),
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
        at('verify/message-signature/once', 'the nonce where there is one, else what is signed'),
      ],
    },
    {
      id: 'SIG-34',
      clause: 'RFC 9421 §7.2.1, §4.3',
      says: 'Nothing is taken from what is not covered: what a request is judged by is demanded to be covered.',
      check: ['src/verify/message-signature/coverage.ts'],
      tests: [
        at('verify/message-signature/covered-components', 'a component with other parameters is another one'),
      ],
      lacks: 'Fields that are not covered are forwarded as they came.',
    },
  ],
}
