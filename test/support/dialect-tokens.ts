import type { DialectName } from '../../src/verify/access-token/dialects.ts'
import type { Members } from './jws.ts'
import type { AlgorithmName } from './keys.ts'

/** An authorization server of one make: how it is configured, and the JWTs that its one set of keys signs. */
export interface Make {
  readonly dialect: DialectName
  readonly issuer: string
  readonly audience: string
  readonly algorithm: AlgorithmName
  /** What the configuration has besides. */
  readonly settings?: object
  readonly binding: 'jkt' | 'x5t#S256'
  readonly access: Jwt
  readonly expected: { readonly clientId: string; readonly grant: 'user' | 'client'; readonly scope: string }
  /** What must not pass for an access token, by its name. */
  readonly others: { readonly [kind: string]: Jwt }
}

/** Without `alg` and `kid`; claims without `iss`, `cnf` and times, where they are those of every token. */
export interface Jwt {
  readonly header: Members
  readonly claims: Members
}

const JWT = { typ: 'JWT' }
const AT = { typ: 'at+jwt' }
const LOGOUT_EVENT = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const TID = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const API = 'https://api.bank.example'

/** Tokens as each make writes them, after its documentation; identifiers are made up. */
export const MAKES: readonly Make[] = [
  {
    dialect: 'rfc9068',
    issuer: 'https://as.example/',
    audience: API,
    algorithm: 'PS256',
    binding: 'x5t#S256',
    access: {
      header: AT,
      claims: { sub: 'u-77', aud: [API], client_id: 'tpp-1', jti: '9d', scope: 'openid accounts' },
    },
    expected: { clientId: 'tpp-1', grant: 'user', scope: 'openid accounts' },
    others: {
      'ID token': { header: JWT, claims: { sub: 'u-77', aud: 'tpp-1', nonce: 'n' } },
      'ID token for this audience': { header: JWT, claims: { sub: 'u-77', aud: API, client_id: 'tpp-1' } },
      'refresh token': { header: { typ: 'rt+jwt' }, claims: { sub: 'u-77', aud: API, client_id: 'tpp-1' } },
    },
  },
  {
    dialect: 'keycloak',
    issuer: 'https://sso.example/realms/ob',
    audience: 'account',
    algorithm: 'RS256',
    binding: 'jkt',
    access: {
      header: JWT,
      claims: { typ: 'DPoP', azp: 'tpp-1', sub: 'f0', aud: 'account', scope: 'accounts email', jti: 'k1' },
    },
    expected: { clientId: 'tpp-1', grant: 'user', scope: 'accounts email' },
    others: {
      'ID token': {
        header: JWT,
        claims: { typ: 'ID', azp: 'tpp-1', sub: 'f0', aud: 'tpp-1', at_hash: 'h', jti: 'k2', sid: 's' },
      },
      'ID token for this audience': {
        header: JWT,
        claims: { typ: 'ID', azp: 'tpp-1', sub: 'f0', aud: 'account', jti: 'k2' },
      },
      'refresh token': {
        header: JWT,
        claims: { typ: 'Refresh', azp: 'tpp-1', sub: 'f0', aud: 'account', scope: 'accounts', jti: 'k3' },
      },
      'offline token': {
        header: JWT,
        claims: { typ: 'Offline', azp: 'tpp-1', sub: 'f0', aud: 'account', scope: 'accounts', jti: 'k4' },
      },
      'logout token': {
        header: JWT,
        claims: { typ: 'Logout', sub: 'f0', aud: 'account', azp: 'tpp-1', jti: 'k5', events: LOGOUT_EVENT },
      },
    },
  },
  {
    dialect: 'okta',
    issuer: 'https://d.okta.com/oauth2/aus1',
    audience: 'api://bank',
    algorithm: 'RS256',
    binding: 'jkt',
    access: {
      header: {},
      claims: { ver: 1, jti: 'AT.x', aud: 'api://bank', sub: '0oa1', cid: '0oa1', scp: ['accounts.read'] },
    },
    expected: { clientId: '0oa1', grant: 'client', scope: 'accounts.read' },
    others: {
      'ID token': { header: {}, claims: { ver: 1, jti: 'ID.x', aud: '0oa1', sub: '00u1', at_hash: 'h' } },
      'ID token for this audience': { header: {}, claims: { jti: 'ID.x', aud: 'api://bank', sub: '00u1' } },
      "token of the organization's own server": {
        header: { typ: 'application/okta-internal-at+jwt' },
        claims: { jti: 'AT.y', aud: 'api://bank', sub: '0oa1', cid: '0oa1', scp: ['accounts.read'] },
      },
    },
  },
  {
    dialect: 'auth0',
    issuer: 'https://bank.eu.auth0.com/',
    audience: API,
    algorithm: 'RS256',
    binding: 'jkt',
    access: {
      header: JWT,
      claims: {
        sub: 'tpp-1@clients',
        aud: [API, 'https://bank.eu.auth0.com/userinfo'],
        azp: 'tpp-1',
        gty: 'client-credentials',
        scope: 'accounts',
        permissions: ['accounts', 'payments'],
      },
    },
    expected: { clientId: 'tpp-1', grant: 'client', scope: 'accounts' },
    others: {
      'ID token': { header: JWT, claims: { sub: 'auth0|1', aud: 'tpp-1', nonce: 'n', sid: 's' } },
      'ID token for this audience': { header: JWT, claims: { sub: 'auth0|1', aud: API, sid: 's' } },
      'logout token': {
        header: { typ: 'logout+jwt' },
        claims: { sub: 'auth0|1', aud: API, azp: 'tpp-1', jti: 'l', events: LOGOUT_EVENT },
      },
    },
  },
  {
    dialect: 'entra',
    issuer: `https://login.microsoftonline.com/${TID}/v2.0`,
    audience: '6e740000-0000-0000-0000-000000000000',
    algorithm: 'RS256',
    settings: { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0', tenants: [TID] },
    binding: 'x5t#S256',
    access: {
      header: { ...JWT, x5t: 'kg2LYs2T0CTjIfj4rt6JIynen38' },
      claims: {
        aud: '6e740000-0000-0000-0000-000000000000',
        azp: 'ab12',
        idtyp: 'app',
        roles: ['Accounts.Read'],
        tid: TID,
        ver: '2.0',
        iat: undefined,
      },
    },
    expected: { clientId: 'ab12', grant: 'client', scope: 'Accounts.Read' },
    others: {
      'ID token': {
        header: JWT,
        claims: { aud: 'ab12', sub: 's', oid: 'o', tid: TID, ver: '2.0', nonce: 'n' },
      },
      'ID token for this audience': {
        header: JWT,
        claims: { aud: '6e740000-0000-0000-0000-000000000000', sub: 's', oid: 'o', tid: TID, ver: '2.0' },
      },
    },
  },
  {
    dialect: 'forgerock',
    issuer: 'https://am.example:443/am/oauth2/realms/root/realms/alpha',
    audience: 'tpp-1',
    algorithm: 'PS256',
    binding: 'x5t#S256',
    access: {
      header: JWT,
      claims: {
        tokenName: 'access_token',
        token_type: 'Bearer',
        cts: 'OAUTH2_STATELESS_GRANT',
        aud: 'tpp-1',
        grant_type: 'authorization_code',
        scope: ['openid', 'payments'],
        realm: '/alpha',
        claims: '{"id_token":{"openbanking_intent_id":{"value":"PDC-1"}}}',
        iat: undefined,
      },
    },
    expected: { clientId: 'tpp-1', grant: 'user', scope: 'openid payments' },
    others: {
      'ID token': {
        header: JWT,
        claims: { tokenName: 'id_token', aud: 'tpp-1', azp: 'tpp-1', sub: 'u', at_hash: 'h', nonce: 'n' },
      },
      'ID token without a name': { header: JWT, claims: { aud: 'tpp-1', azp: 'tpp-1', sub: 'u' } },
      'refresh token': {
        header: JWT,
        claims: { tokenName: 'refresh_token', aud: 'tpp-1', sub: 'u', scope: ['openid', 'payments'] },
      },
    },
  },
  {
    dialect: 'curity',
    issuer: 'https://idsvr.example/oauth/v2/oauth-anonymous',
    audience: API,
    algorithm: 'PS256',
    binding: 'jkt',
    access: {
      header: {},
      claims: {
        purpose: 'access_token',
        sub: 'u-77',
        aud: API,
        client_id: 'tpp-1',
        scope: 'accounts',
        jti: 'P$1',
      },
    },
    expected: { clientId: 'tpp-1', grant: 'user', scope: 'accounts' },
    others: {
      'ID token': {
        header: {},
        claims: {
          purpose: 'id',
          sub: 'u-77',
          aud: 'tpp-1',
          azp: 'tpp-1',
          jti: 'i',
          at_hash: 'h',
          nonce: 'n',
        },
      },
      'ID token for this audience': {
        header: {},
        claims: { purpose: 'id', sub: 'u-77', aud: API, azp: 'tpp-1', jti: 'i' },
      },
      'ID token for its client alone': {
        header: {},
        claims: { sub: 'u-77', aud: [API, 'tpp-1'], azp: 'tpp-1', jti: 'i' },
      },
    },
  },
  {
    dialect: 'authlete',
    issuer: 'https://as.authlete.example',
    audience: API,
    algorithm: 'PS256',
    binding: 'x5t#S256',
    access: { header: AT, claims: { aud: [API], client_id: 'tpp-1', scope: 'accounts', jti: 'a1' } },
    expected: { clientId: 'tpp-1', grant: 'client', scope: 'accounts' },
    others: {
      'ID token': { header: {}, claims: { sub: 'u-77', aud: ['tpp-1'], at_hash: 'h', jti: 'i' } },
      'ID token for this audience': {
        header: JWT,
        claims: { sub: 'u-77', aud: API, client_id: 'tpp-1', jti: 'i' },
      },
    },
  },
  {
    dialect: 'mosaic',
    issuer: 'https://userid.security',
    audience: API,
    algorithm: 'RS256',
    binding: 'x5t#S256',
    access: {
      header: JWT,
      claims: {
        tid: 'tenant-1',
        app_name: 'Acme',
        app_id: '8flF',
        roles: ['teller'],
        jti: 'm1',
        sub: 'u.transmit',
        scope: 'accounts',
        client_id: 'c.transmit',
        aud: API,
      },
    },
    expected: { clientId: 'c.transmit', grant: 'user', scope: 'accounts' },
    others: {
      'ID token': {
        header: JWT,
        claims: { sub: 'u', aud: 'c.transmit', auth_time: 1, email: 'u@example.com' },
      },
      'ID token for this audience': { header: JWT, claims: { sub: 'u', aud: API, auth_time: 1, name: 'U' } },
    },
  },
]

/** JWTs of other kinds, by the `typ` that their specifications give them (RFC 8725 §3.12). */
export const OTHER_TYPES: readonly string[] = [
  ...['dpop+jwt', 'secevent+jwt', 'statuslist+jwt', 'token-introspection+jwt', 'oauth-authz-req+jwt'],
  ...['oauth-client-attestation+jwt', 'oauth-client-attestation-pop+jwt'],
  ...['txntoken+jwt', 'wit+jwt', 'wpt+jwt'],
  ...['logout+jwt', 'rt+jwt', 'kb+jwt', 'dc+sd-jwt', 'client-authentication+jwt', 'pop', 'none', ''],
]

/** The claims of a token of this make that is valid now (Unix seconds), bound to this thumbprint. */
export function claimsOf(make: Make, { claims }: Jwt, now: number, thumbprint: string): Members {
  const common = { iss: make.issuer, iat: now - 5, exp: now + 300, cnf: { [make.binding]: thumbprint } }
  return { ...common, ...claims }
}
