import { aKey } from '../support/keys.ts'
import { COMPONENTS, clientKey } from '../support/signature.ts'
import { type SignedCall, signedFields } from '../support/wire-signature.ts'
import { nowSeconds, token } from '../support/wire-tokens.ts'
import { challenged, type DenialCase, plainly } from './denial-case.ts'

const RFC = 'RFC 9421'
const DRAFT = 'FAPI2-HTTPSIG'

/** Every refusal of a signature that one request brings about. */
export const SIGNATURE_DENIALS: readonly DenialCase[] = [
  signed('SIG_INVALID', `${RFC} §3.2(8)`, { key: { ...aKey('ES256', 'thief'), kid: clientKey().kid } }),
  edited(
    'SIG_ABSENT',
    `${DRAFT} §5.3.1.2(3)`,
    () => '',
    () => '',
  ),
  edited('SIG_INPUT_ABSENT', `${RFC} §4.1`, () => ''),
  edited('SIG_INPUT_MALFORMED', `${RFC} §4.1`, (text) => `${text},`),
  edited('SIG_MALFORMED', `${RFC} §4.2`, undefined, () => 'sig1=x'),
  edited('SIG_LABEL', `${RFC} §4.1`, (text) => `${text}, ${text}`),
  edited('SIG_UNPAIRED', `${RFC} §3.2(1)`, undefined, () => ''),
  edited(
    'SIG_TOO_MANY',
    `${RFC} §7.2.6`,
    () => 'a=(), b=(), c=(), d=(), e=()',
    () => 'a=:AA==:, b=:AA==:, c=:AA==:, d=:AA==:, e=:AA==:',
  ),
  signed('SIG_TAG', `${RFC} §3.2(1)`, { parameters: { tag: 'other' } }),
  edited(
    'SIG_TAG_REPEATED',
    `${RFC} §3.2(1)`,
    (text) => `${text}, ${text.replace('sig1', 'b')}`,
    (text) => `${text}, ${text.replace('sig1', 'b')}`,
  ),
  edited('SIG_COMPONENT', `${RFC} §2`, (text) => text.replace('"dpop"', '"dpop" "@status"')),
  edited('SIG_COMPONENT_REPEATED', `${RFC} §2`, (text) => text.replace('"dpop"', '"dpop" "dpop"')),
  edited('SIG_COMPONENT_ABSENT', `${RFC} §2.5`, (text) => text.replace('"dpop"', '"dpop" "x-none"')),
  edited(
    'SIG_QUERY_PARAMETER',
    `${RFC} §2.2.8`,
    (text) => text.replace('"dpop"', '"dpop" "@query-param";name="a"'),
    undefined,
    '/signed?a=1&a=2',
  ),
  edited('SIG_FIELD_TYPE', `${RFC} §2.1.1`, (text) => text.replace('"dpop"', '"dpop" "authorization";sf')),
  edited('SIG_FIELD_VALUE', `${RFC} §2.5`, (text) => text.replace('"dpop"', '"dpop" "x-odd"')),
  edited('SIG_TRAILERS', `${RFC} §2.1.4`, (text) => text.replace('"dpop"', '"dpop" "date";tr')),
  edited('SIG_PARAMETER', `${RFC} §2.3`, (text) => text.replace(/created=\d+/, 'created="x"')),
  uncovered('SIG_METHOD_UNCOVERED', `${DRAFT} §5.3.1.2(5)`, '@method'),
  uncovered('SIG_TARGET_UNCOVERED', `${DRAFT} §5.3.1.2(5)`, '@target-uri'),
  uncovered('SIG_AUTHORIZATION_UNCOVERED', `${DRAFT} §5.3.1.2(5)`, 'authorization'),
  uncovered('SIG_DPOP_UNCOVERED', `${DRAFT} §5.3.1.2(7)`, 'dpop'),
  signed('SIG_DIGEST_UNCOVERED', `${DRAFT} §5.3.1.2(8)`, {
    method: 'POST',
    body: '{}',
    components: COMPONENTS,
  }),
  at('SIG_UNCOVERED', `${RFC} §3.2.1`, () => ({ path: '/signed/strictly', parameters: STRICT() })),
  signed('SIG_CREATED_ABSENT', `${DRAFT} §5.3.1.2(6)`, { parameters: { created: undefined } }),
  signed('SIG_CREATED_EARLY', `${DRAFT} §5.3.1.2(6)`, { parameters: { created: nowSeconds() - 100 } }),
  at('SIG_CREATED_AHEAD', `${RFC} §3.2.1`, () => ({ parameters: { created: nowSeconds() + 60 } })),
  at('SIG_EXPIRES_ABSENT', `${RFC} §3.2.1`, () => strictly({ expires: undefined })),
  at('SIG_EXPIRED', `${RFC} §2.3`, () => strictly({ expires: nowSeconds() - 1 })),
  at('SIG_NONCE_ABSENT', `${RFC} §7.2.2`, () => strictly({ nonce: undefined })),
  at('SIG_NONCE', `${RFC} §7.2.2`, () => strictly({ nonce: '' })),
  signed('SIG_KEYID_ABSENT', `${RFC} §3.2(5)`, { parameters: { keyid: undefined } }),
  signed('SIG_KEYID', `${RFC} §7.3.4`, { parameters: { keyid: 'nobody' } }),
  at('SIG_CLIENT', `${RFC} §7.3.4`, () => ({
    path: '/signed/nameless',
    accessToken: 'nameless-and-long-enough',
  })),
  signed('SIG_ALG', `${RFC} §3.2(6)`, { parameters: { alg: 'ES256' } }),
  signed('SIG_ALG_MISMATCH', `${RFC} §3.2(6)`, { parameters: { alg: 'ed25519' } }),
  at('SIG_ALG_OPEN', `${RFC} §3.2(6)`, () => ({ path: '/signed/open', key: aKey('PS256', 'open') })),
  plainly('SIG_KEYS_UNAVAILABLE', 503, 'RFC 9110 §15.6.4', () => ({
    path: '/signed',
    fields: signedFields({ accessToken: token({ claims: { client_id: 'away' } }) }),
  })),
]

function STRICT() {
  return { expires: nowSeconds() + 30, nonce: 'n', tag: 'strict' }
}

function strictly(parameters: SignedCall['parameters']): SignedCall {
  return {
    path: '/signed/strictly',
    components: [...COMPONENTS, 'date'],
    more: ['date', 'today'],
    parameters: { ...STRICT(), ...parameters },
  }
}

function at(code: string, cite: string, given: () => SignedCall): DenialCase {
  return challenged(code, [401, 'invalid_request', 'DPoP'], cite as DenialCase['cite'], () => {
    const { method = 'GET', path = '/signed', body } = given()
    return { method, path, fields: signedFields(given()), ...(body === undefined ? {} : { body }) }
  })
}

function signed(code: string, cite: string, call: SignedCall): DenialCase {
  return at(code, cite, () => call)
}

function uncovered(code: string, cite: string, component: string): DenialCase {
  return signed(code, cite, { components: COMPONENTS.filter((each) => each !== component) })
}

/** A good signature, with something done to the text of its fields; an empty text takes the field away. */
function edited(
  code: string,
  cite: string,
  input: (text: string) => string = (text) => text,
  signature: (text: string) => string = (text) => text,
  path = '/signed',
): DenialCase {
  return challenged(code, [401, 'invalid_request', 'DPoP'], cite as DenialCase['cite'], () => {
    const all = signedFields({ path, more: ['date', 'today', 'x-odd', 'caf\u00e9'] })
    const fields = all.map((text, index) => {
      if (all[index - 1] === 'signature-input') return input(text)
      return all[index - 1] === 'signature' ? signature(text) : text
    })
    return { path, fields: fields.filter((_, index) => fields[index - (index % 2) + 1] !== '') }
  })
}
