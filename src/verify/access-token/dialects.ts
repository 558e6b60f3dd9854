import { type Dialect, type GrantRule, NONE, type ScopeSource } from './dialect.ts'

/** The profile of RFC 9068, to the letter. Its `typ` says of what kind a token is, so its claims need not. */
const rfc9068: Dialect = {
  name: 'rfc9068',
  types: new Set(['at+jwt']),
  marks: new Map(),
  required: ['sub', 'iat', 'jti', 'client_id'],
  refused: ['at_hash', 'c_hash', 's_hash', 'events', 'token_introspection', 'htu'],
  scope: [text('scope')],
  clientId: ['client_id'],
  grant: [same('sub', 'client_id')],
  clientAsAudience: true,
}

/**
 * What is common to the rest: the header may say no more than JWT, or nothing, as the ID tokens of the same issuer do; so
 * the claims must tell them apart. A word by which any of them names the kind of a token is heeded in every one.
 */
const untyped: Dialect = {
  ...rfc9068,
  name: 'untyped',
  types: new Set(['jwt', 'at+jwt']),
  marks: new Map([
    ['typ', new Set(['Bearer', 'DPoP', NONE])],
    ['tokenName', new Set(['access_token', NONE])],
    ['purpose', new Set(['access_token', NONE])],
    ['token_use', new Set(['access', 'access_token', NONE])],
  ]),
  required: [],
  refused: [...rfc9068.refused, 'nonce'],
  clientAsAudience: false,
}

/** One set of keys signs everything there; the payload's `typ` is ID, Refresh, Logout and the like in what is no access token. */
const keycloak: Dialect = {
  ...untyped,
  name: 'keycloak',
  marks: marked('typ', 'Bearer', 'DPoP'),
  required: ['iat', 'jti'],
  clientId: ['azp', 'client_id'],
  grant: [starts('preferred_username', 'service-account-'), is('grant_type', 'client_credentials')],
  clientAsAudience: true,
}

/** Custom authorization servers. Tokens of the organization's own server have a type of their own, and are for Okta alone. */
const okta: Dialect = {
  ...untyped,
  name: 'okta',
  types: new Set([NONE, 'jwt', 'at+jwt']),
  required: ['sub', 'iat', 'jti'],
  scope: [list('scp')],
  clientId: ['cid'],
  grant: [same('sub', 'cid')],
}

/** Both its token profiles; no ID token has a `scope`. `permissions` is left out: it lists what the user may do, not what the client was granted. */
const auth0: Dialect = {
  ...untyped,
  name: 'auth0',
  required: ['sub', 'iat', 'scope'],
  clientId: ['client_id', 'azp'],
  grant: [is('gty', 'client-credentials'), same('sub', 'client_id')],
}

/** Versions 1 and 2. `roles` counts only without `scp`: in a user's token it holds roles of the user. */
const entra: Dialect = {
  ...untyped,
  name: 'entra',
  types: new Set(['jwt']),
  required: ['tid', 'ver'],
  scope: [text('scp'), list('roles')],
  clientId: ['azp', 'appid'],
  grant: [is('idtyp', 'app', 'client'), present('scp', 'user'), same('sub', 'oid')],
}

/** Stateless tokens. The audience is the client itself, so `tokenName` alone sets them apart from ID tokens; a user's may have no `sub`. */
const forgerock: Dialect = {
  ...untyped,
  name: 'forgerock',
  marks: marked('tokenName', 'access_token'),
  scope: [list('scope'), text('scope')],
  clientId: ['client_id', 'azp', 'aud'],
  grant: [is('grant_type', 'client_credentials'), present('grant_type', 'user')],
  clientAsAudience: true,
}

/** The JWT behind a phantom token; `purpose` is `id` in ID tokens. */
const curity: Dialect = {
  ...untyped,
  name: 'curity',
  types: new Set([NONE, 'jwt', 'at+jwt']),
  required: ['sub', 'iat', 'jti', 'scope'],
  clientId: ['client_id', 'azp'],
  grant: [same('sub', 'client_id'), same('sub', 'azp')],
}

/** JWTs are RFC 9068's there, but for an optional subject: a client's own token has none. */
const authlete: Dialect = {
  ...rfc9068,
  name: 'authlete',
  required: ['iat', 'jti', 'client_id'],
  grant: [
    is('grant_type', 'client_credentials'),
    is('grantType', 'CLIENT_CREDENTIALS'),
    ...rfc9068.grant,
    present('sub', 'user'),
    present('client_id', 'client'),
  ],
}

/** The user access tokens of Mosaic; its ID tokens name no `client_id` and no `scope`. */
const mosaic: Dialect = {
  ...untyped,
  name: 'mosaic',
  required: ['sub', 'iat', 'client_id', 'scope'],
  clientId: ['client_id'],
  grant: [same('sub', 'client_id')],
}

/** The dialects by their names in the configuration. */
export const dialects = {
  rfc9068,
  keycloak,
  okta,
  auth0,
  entra,
  forgerock,
  curity,
  authlete,
  mosaic,
} as const satisfies Readonly<Record<string, Dialect>>

export type DialectName = keyof typeof dialects

/** The common marks with one of them not to be left out. */
function marked(claim: string, ...values: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...untyped.marks, [claim, new Set(values)]])
}

function text(claim: string): ScopeSource {
  return { claim, shape: 'text' }
}

function list(claim: string): ScopeSource {
  return { claim, shape: 'list' }
}

function is(claim: string, value: string, grant: GrantRule['grant'] = 'client'): GrantRule {
  return { claim, test: 'is', value, grant }
}

function starts(claim: string, value: string): GrantRule {
  return { claim, test: 'starts', value, grant: 'client' }
}

function same(claim: string, value: string): GrantRule {
  return { claim, test: 'same', value, grant: 'client' }
}

function present(claim: string, grant: GrantRule['grant']): GrantRule {
  return { claim, test: 'present', value: '', grant }
}
