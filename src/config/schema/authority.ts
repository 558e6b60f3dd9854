import * as z from 'zod'
import { ROLES_OF_PSP } from '../../codec/roles-of-psp.ts'
import { choice, duration, mapping, oneOrList, text } from './value.ts'

const scope = text('scope', 'a scope without spaces', /^[\x21\x23-\x5b\x5d-\x7e]+$/)

/** RFC 6901 where it begins with a slash: the way into what is nested. */
export const memberName = text(
  'name or JSON Pointer',
  'a name of at most 200 characters, or a JSON Pointer that begins with /',
  /^(?:[^/~\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,199}|(?:\/(?:[^/~\x00-\x1f\x7f]|~[01])+){1,16})$/,
)

const VALUE = 'a text, a number, true or false'
const claimValue = z.union(
  [
    z.string({ error: VALUE }).max(1000, { error: VALUE }),
    z.number({ error: VALUE }),
    z.boolean({ error: VALUE }),
  ],
  { error: VALUE },
)
const ATTRIBUTES = ['CN', 'O', 'OU', 'UID', 'serialNumber', 'organizationIdentifier'] as const
const NAMED = `{ certificate_subject: one of ${ATTRIBUTES.join(', ')} }`
const CLAIM = `a value, a list of values, { present: true } or { present: false }, or ${NAMED}`
const claim = z
  .union(
    [
      claimValue,
      z.array(claimValue, { error: CLAIM }).min(1, { error: 'at least one entry' }),
      mapping({ present: z.boolean({ error: 'true or false' }) }),
      mapping({
        certificate_subject: choice(...ATTRIBUTES),
        prefix: z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }).exactOptional(),
      }),
    ],
    { error: CLAIM },
  )
  .meta({ title: 'value, list of values or { present: true }' })

const DETAIL_VALUE = 'a text without control characters'
const detailValues = (what: string) =>
  oneOrList(
    text('text', DETAIL_VALUE, /^[^\x00-\x1f\x7f]{1,1000}$/),
    `${what} or a list of them`,
  ).exactOptional()

const match = mapping({
  path: text('name', 'the name of a segment of the path', /^[A-Za-z][A-Za-z0-9_]{0,63}$/)
    .exactOptional()
    .describe('Name of a segment of the path of the route, as in `/accounts/{accountId}`.'),
  body: memberName
    .exactOptional()
    .describe('Field of the JSON body, by name or JSON Pointer; the body is held back until it was judged.'),
  as: choice('text', 'decimal')
    .prefault('text')
    .describe('How they are compared: octet for octet, or as exact decimal numbers, of any length.'),
}).describe(
  'Where the request has the value that the member of the detail must be: one of `path` and `body`.',
)

const detail = mapping({
  type: text('text', DETAIL_VALUE, /^[^\x00-\x1f\x7f]{1,1000}$/).describe('Its `type`.'),
  actions: detailValues('an action').describe('Its `actions` contain all of these.'),
  locations: detailValues('a location').describe(
    'Its `locations` contain all of these; otherwise, where it has any, one must be an audience of ours or a URI that the request is under.',
  ),
  datatypes: detailValues('a data type').describe('Its `datatypes` contain all of these.'),
  privileges: detailValues('a privilege').describe('Its `privileges` contain all of these.'),
  match: z
    .record(memberName, match, { error: 'a mapping from members of the detail to values of the request' })
    .prefault({})
    .describe(
      'Members of the detail, by name or JSON Pointer, and the values of the request that they must be.',
    ),
})

/** The keys of `require` that say when a proved token is enough. They add up: each must hold. */
export const authority = {
  scope: oneOrList(scope, 'a scope or a list of them', 0)
    .prefault([])
    .describe('Scopes that the token must have, all of them (RFC 6750 §3.1).'),
  scope_any: oneOrList(scope, 'a scope or a list of them')
    .exactOptional()
    .describe('Scopes of which the token must have one; the first is what a client is told to ask for.'),
  grant: choice('user', 'client')
    .exactOptional()
    .describe('For whom the token must speak: a user, or the client itself (RFC 9700 §4.15).'),
  acr: oneOrList(
    text('acr', 'an acr value without spaces', /^[\x21\x23-\x5b\x5d-\x7e]+$/),
    'an acr value or a list of them',
  )
    .exactOptional()
    .describe(
      'How the user was authenticated: the `acr` of the token is one of these, the preferred first (RFC 9470).',
    ),
  max_age: duration('1s', '8760h')
    .exactOptional()
    .describe('How long ago the user was authenticated at most, by the `auth_time` of the token (RFC 9470).'),
  claims: z
    .record(memberName, claim, { error: 'a mapping from names of claims to values' })
    .prefault({})
    .describe(
      'Claims of the token by name, or by JSON Pointer where it begins with `/`: a value, a list of which it is one, or `{ present: true }`; a claim that is a list must contain it. `{ certificate_subject: organizationIdentifier }`: what the client certificate of the connection says of its holder, here or in `CN`, `O`, `OU`, `UID` or `serialNumber`, and with `prefix: OFBBR-` what comes behind that.',
    ),
  psd2_role: oneOrList(choice(...ROLES_OF_PSP), `a role or a list of them: ${ROLES_OF_PSP.join(', ')}`)
    .exactOptional()
    .describe(
      'Roles of a payment service provider of which the client certificate of the connection, a QWAC, must state one (ETSI TS 119 495).',
    ),
  authorization_details: z
    .array(detail, { error: 'a list of demands' })
    .prefault([])
    .describe(
      'For each of these the token must have an authorization detail that covers the request (RFC 9396): one object that says all of it.',
    ),
  condition: oneOrList(
    text('CEL', 'a condition of at most 2000 characters', /^[^\x00]{1,2000}$/),
    'a condition or a list of them',
    0,
  )
    .prefault([])
    .describe(
      'Conditions in CEL over `token`, `sender`, `request` and `now`, all of which must be true; one that fails refuses. config/README.md lists their members.',
    ),
}
