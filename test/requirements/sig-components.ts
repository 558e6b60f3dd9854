import { at, type Evidence, type Requirement } from './requirement.ts'

const INPUT = 'src/verify/message-signature/signature-input.ts'
const COMPONENT = 'src/verify/message-signature/component.ts'
const VALUE = 'src/verify/message-signature/component-value.ts'
const BASE = 'src/verify/message-signature/signature-base.ts'

/** What RFC 9421 §2 says of components and parameters; the rest of the section is about signatures of them. */
export const COMPONENTS: readonly Requirement[] = [
  {
    id: 'SIG-11',
    clause: 'RFC 9421 §2, §2.5',
    says: 'A component is covered once; the order of its parameters makes it no other.',
    check: [COMPONENT, INPUT],
    tests: [
      signature('covered-components', '%s repeated'),
      signature('component', '%s: %s is %s', 'in another order twice'),
    ],
  },
  {
    id: 'SIG-12',
    clause: 'RFC 9421 §2.5',
    says: 'Unknown components and parameters, absent fields, and parameters that do not go together are refused.',
    check: [COMPONENT, VALUE],
    tests: [
      signature('component', 'a component that is none: %s', 'an unknown derived component'),
      signature('component', 'a component that is none: %s', 'bs with sf'),
      signature('component', '%s: %s is %s', 'a field that is not there'),
    ],
  },
  {
    id: 'SIG-13',
    clause: 'RFC 9421 §2.5, §7.5.1',
    says: 'What begins with @ is derived, and never looked up among the fields.',
    check: [COMPONENT, VALUE],
    tests: [
      signature('component', 'a component that is none: %s', 'an unknown derived component'),
      signature('rfc9421-components', '@status is of a response, and req only in one (§2.2.9, §2.4)'),
    ],
  },
  {
    id: 'SIG-14',
    clause: 'RFC 9421 §2.5',
    says: 'The base is ASCII, and no value in it has a line break.',
    check: VALUE,
    tests: [signature('rfc9421-components', 'what cannot stand in a base is refused, unless as bytes')],
  },
  {
    id: 'SIG-15',
    clause: 'RFC 9421 §2.1',
    says: 'The lines of a field are trimmed, unfolded and joined in their order, out of the raw fields.',
    check: VALUE,
    tests: [
      signature('rfc9421-components', '%s is %s', 'x-obs-fold-header'),
      signature('rfc9421', '$id is $expected'),
    ],
  },
  {
    id: 'SIG-16',
    clause: 'RFC 9421 §2.1',
    says: 'Names of fields are in lower case.',
    check: COMPONENT,
    tests: [signature('component', 'a component that is none: %s', 'upper case')],
  },
  {
    id: 'SIG-17',
    clause: 'RFC 9421 §2.1.1',
    says: 'With sf a field is serialised anew, if it is known to be structured.',
    check: [VALUE, 'src/verify/message-signature/field-types.ts'],
    tests: [
      signature('rfc9421-components', '%s is %s', 'example-dict;sf'),
      signature('component', '%s: %s is %s', 'sf on a field of unknown type'),
    ],
  },
  {
    id: 'SIG-18',
    clause: 'RFC 9421 §2.1.2',
    says: 'With key one member of a dictionary is covered, which must be there.',
    check: VALUE,
    tests: [signature('rfc9421-components', '%s is %s', 'example-dict;key="b"')],
  },
  {
    id: 'SIG-19',
    clause: 'RFC 9421 §2.1.3',
    says: 'With bs each line is a byte sequence.',
    check: VALUE,
    tests: [signature('rfc9421-components', '%s is %s', 'example-header;bs')],
  },
  {
    id: 'SIG-20',
    clause: 'RFC 9421 §2.1.4',
    says: 'With tr a field is one of the trailers, which are not there when a request is judged.',
    check: VALUE,
    tests: [
      signature(
        'rfc9421-components',
        'trailers are apart from the head (§2.1.4), and unknown where they have not come',
      ),
      signature('component', '%s: %s is %s', 'a trailer'),
    ],
  },
  {
    id: 'SIG-21',
    clause: 'RFC 9421 §2.4',
    says: 'With req a component is of the request that is answered, as it came; a request has none.',
    check: [VALUE, 'src/decision/sign-answer.ts'],
    tests: [
      signature('rfc9421', '$id is $expected'),
      signature('component', 'a component that is none: %s', 'req in a request'),
      at('gateway/signed-answers', 'is signed, over the request and its signature'),
    ],
  },
  {
    id: 'SIG-22',
    clause: 'RFC 9421 §2.2.1',
    says: 'The component @method is the method as it came.',
    check: VALUE,
    tests: [
      signature('rfc9421-components', '%s is %s', '@method'),
      signature('covered-components', '%s altered in the message', '@method'),
    ],
  },
  {
    id: 'SIG-23',
    clause: 'RFC 9421 §2.2.2, §7.4.3',
    says: 'The component @target-uri is the public origin with the raw path and query.',
    check: [VALUE, 'src/decision/scan.ts'],
    tests: [
      signature('covered-components', '%s altered in the message', '@target-uri, its query'),
      signature(
        'rfc9421-proxy',
        "the client's holds where its own authority is known, and nowhere else (§7.4.3)",
      ),
      at('gateway/message-signature', 'passes, with a query, with a body and its digest'),
    ],
  },
  {
    id: 'SIG-24',
    clause: 'RFC 9421 §2.2.3',
    says: 'The component @authority is in lower case, without the port of its scheme.',
    check: ['src/codec/authority.ts', VALUE],
    tests: [signature('rfc9421-components', '%s is %s', '@authority')],
  },
  {
    id: 'SIG-25',
    clause: 'RFC 9421 §2.2.4 to §2.2.7',
    says: 'The components @scheme, @request-target, @path and @query are as they came, with their forms for what is absent.',
    check: VALUE,
    tests: [signature('rfc9421-components', 'the forms of a request without query, or without path')],
  },
  {
    id: 'SIG-26',
    clause: 'RFC 9421 §2.2.8',
    says: 'The component @query-param is decoded as a form and encoded again; one that comes twice is refused.',
    check: VALUE,
    tests: [signature('rfc9421-components', '%s of a form is %s')],
  },
  {
    id: 'SIG-27',
    clause: 'RFC 9421 §2.2.9',
    says: 'The component @status is of responses alone.',
    check: VALUE,
    tests: [signature('rfc9421-components', '@status is of a response, and req only in one (§2.2.9, §2.4)')],
  },
  {
    id: 'SIG-28',
    clause: 'RFC 9421 §2.3',
    says: 'Of the parameters, created and expires are integers, nonce, alg, keyid and tag strings; others are covered and mean nothing.',
    check: INPUT,
    tests: [
      signature('parameters', '%s altered to %s: %s'),
      signature('parameters', 'one that we do not know is covered, and means nothing'),
    ],
  },
  {
    id: 'SIG-29',
    clause: 'RFC 9421 §2.3',
    says: 'The component @signature-params comes last, and is never listed.',
    check: [COMPONENT, BASE],
    tests: [signature('component', 'a component that is none: %s', '@signature-params')],
  },
]

function signature(file: string, title: string, row: string | null = null): Evidence {
  return at(`verify/message-signature/${file}`, title, row)
}
