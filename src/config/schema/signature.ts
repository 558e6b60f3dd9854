import * as z from 'zod'
import { parseComponent } from '../../verify/message-signature/component.ts'
import { FAPI2 } from '../../verify/message-signature/profile.ts'
import { choice, duration, flag, listOf, mapping, oneOrList, text } from './value.ts'

const COMPONENT = 'a component of RFC 9421 §2, such as @method, content-digest or @query-param;name="id"'

/** Kept as it is written; what it stands for is read again when the profile is compiled. */
const component = text('component', COMPONENT).refine((given) => parseComponent(given) !== undefined, {
  error: COMPONENT,
})

const components = (
  kind: keyof typeof NOTES,
  of: { readonly [Kind in keyof typeof NOTES]: readonly string[] },
) =>
  listOf(component, 'a list of components', 0)
    .prefault([...of[kind]])
    .describe(NOTES[kind])

const NOTES = {
  always: 'Components that the signature covers in any case.',
  ifPresent: 'Components that it covers where the message has the field.',
  ifBody: 'Components that it covers where there is a body.',
}

const tag = text('tag', 'a tag of visible characters, or * for any', /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,256}$/)

/** What is demanded of the signatures of requests. */
const request = mapping({
  always: components('always', FAPI2.request),
  if_present: components('ifPresent', FAPI2.request),
  if_body: components('ifBody', FAPI2.request),
  tag: tag
    .prefault(FAPI2.request.tag)
    .describe('Tag of the signatures that count (RFC 9421 §7.2.7), or `*`: all do.'),
  max_age: duration('1s', '10m').prefault('60s').describe('How old a signature may be by its `created`.'),
  clock_skew: duration('0ms', '60s')
    .prefault('10s')
    .describe('How far `created` may lie ahead of our clock.'),
  expires: choice('optional', 'required')
    .prefault('optional')
    .describe('Whether it must say when it expires; where it does, that holds.'),
  nonce: choice('optional', 'required')
    .prefault('optional')
    .describe('Whether it must have a nonce; one that comes twice of one key is refused (RFC 9421 §7.2.2).'),
  keyid: choice('optional', 'required')
    .prefault('required')
    .describe('Whether it must name its key; where it does not, four keys of the client are tried.'),
  algorithms: oneOrList(
    choice(
      'ES256',
      'ES384',
      'ES512',
      'EdDSA',
      'Ed25519',
      'PS256',
      'PS384',
      'PS512',
      'ecdsa-p256-sha256',
      'ecdsa-p384-sha384',
      'ed25519',
      'rsa-pss-sha512',
    ),
    'a signature algorithm or a list of them',
  )
    .prefault([...FAPI2.request.algorithms])
    .describe(
      'Algorithms, by their names in JWS or for message signatures; ES256, ES384, Ed25519 and PS512 are ecdsa-p256-sha256, ecdsa-p384-sha384, ed25519 and rsa-pss-sha512 (RFC 9421 §3.3).',
    ),
  danger_rsa_v1_5: flag()
    .prefault(false)
    .describe('Also accepts rsa-v1_5-sha256, which FAPI 2.0 does not have (RFC 9421 §7.3.6).'),
  several: choice('one', 'any', 'all')
    .prefault('one')
    .describe(
      'Of several signatures that count: there may be but one, one that holds suffices where no other may hold later, or all must hold. All that hold are spent.',
    ),
  once: choice('unsafe', 'all')
    .prefault('unsafe')
    .describe(
      'Which requests may come only once where the signature has no nonce and covers no DPoP proof: all but GET, HEAD and OPTIONS, or all.',
    ),
})

/** How answers are signed. */
const response = mapping({
  always: components('always', FAPI2.response),
  if_present: components('ifPresent', FAPI2.response),
  if_body: components('ifBody', FAPI2.response),
  request_signature: choice('member', 'field', 'off')
    .prefault('member')
    .describe(
      "How the request's signature is covered: the member of its label alone, the whole fields, or not at all (FAPI2-HTTPSIG §5.3.2.1(3)).",
    ),
  tag: tag.prefault(FAPI2.response.tag).describe('Tag of our signatures, or `*`: none.'),
  expires_after: duration('1s', '24h')
    .exactOptional()
    .describe('After which time they say that they expire; default: they do not say.'),
})

/** How what is forwarded to an upstream is signed. */
export const upstreamSignature = mapping({
  always: listOf(component, 'a list of components', 0)
    .prefault(['@method', '@authority', '@path', '@query'])
    .describe('Components that the signature covers in any case, of the request as it leaves.'),
  if_present: listOf(component, 'a list of components', 0)
    .prefault([
      'authorization',
      'content-type',
      'x-fapi-interaction-id',
      'holdfast-client-id',
      'holdfast-subject',
      'holdfast-grant',
      'holdfast-issuer',
      'holdfast-scope',
      'holdfast-jkt',
      'holdfast-x5t-s256',
      'txn-token',
      'client-cert',
      'client-cert-chain',
    ])
    .describe(
      'Components that it covers where the request has the field; `content-digest` where it has a body.',
    ),
  tag: tag.prefault('holdfast-forwarded').describe('Tag of the signature, or `*`: none.'),
  expires_after: duration('1s', '1h').prefault('60s').describe('After which time it says that it expires.'),
})

const OFF_OR_RULES = { error: 'a mapping, or off' }
const off = z.literal('off', OFF_OR_RULES)

export const signatureProfile = mapping({
  request: z
    .union([off, request], OFF_OR_RULES)
    .prefault({})
    .describe(
      'What the signatures of requests must fulfil; `off`: requests need none, and none is verified.',
    ),
  response: z
    .union([off, response], OFF_OR_RULES)
    .prefault({})
    .describe('How answers are signed; `off`: they are not.'),
  structured_fields: z
    .record(z.string(), choice('dictionary', 'list', 'item'), {
      error: 'a mapping of field names to dictionary, list or item',
    })
    .prefault({})
    .describe(
      'Fields of the API that are structured (RFC 9651), so that their components may have `sf` and `key`.',
    ),
})

export type SignatureProfileDocument = z.output<typeof signatureProfile>
export type SignatureRequestDocument = z.output<typeof request>
export type SignatureResponseDocument = z.output<typeof response>
