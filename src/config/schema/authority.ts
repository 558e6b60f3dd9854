import * as z from 'zod'
import { choice, duration, oneOrList, text } from './value.ts'

const scope = text('scope', 'a scope without spaces', /^[\x21\x23-\x5b\x5d-\x7e]+$/)

/** RFC 6901 where it begins with a slash: the way into what is nested. */
export const memberName = text(
  'name or JSON Pointer',
  'a name of at most 200 characters, or a JSON Pointer that begins with /',
  /^(?:[^/~\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,199}|(?:\/(?:[^/~\x00-\x1f\x7f]|~[01])+){1,16})$/,
)

const VALUE = 'a text, a number, true or false'
const claimValue = z.union([
  z.string({ error: VALUE }).max(1000, { error: VALUE }),
  z.number({ error: VALUE }),
  z.boolean({ error: VALUE }),
])
const CLAIM = 'a value, a list of values, or { present: true } or { present: false }'
const claim = z
  .union(
    [
      claimValue,
      z.array(claimValue, { error: CLAIM }).min(1, { error: 'at least one entry' }),
      z.strictObject({ present: z.boolean({ error: 'true or false' }) }, { error: CLAIM }),
    ],
    { error: CLAIM },
  )
  .meta({ title: 'value, list of values or { present: true }' })

/** The keys of `require` that say when a proved token is enough. They add up: each must hold. */
export const authority = {
  scope: oneOrList(scope, 'a scope or a list of them', 0)
    .prefault([])
    .describe('Scopes that the token must have, all of them (RFC 6750 §3.1).'),
  scope_any: oneOrList(scope, 'a scope or a list of them', 1)
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
      'Claims of the token by name, or by JSON Pointer where it begins with `/`: a value, a list of which it is one, or `{ present: true }`; a claim that is a list must contain it.',
    ),
}
