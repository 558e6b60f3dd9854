import type * as z from 'zod'
import { dialect } from './dialect.ts'
import { httpsUrl, issuerUrl } from './network.ts'
import { statusList } from './status-list.ts'
import { choice, count, duration, filePath, flag, listOf, mapping, oneOrList, text } from './value.ts'

const algorithm = choice('PS256', 'ES256', 'EdDSA', 'Ed25519')
export const algorithms = oneOrList(algorithm, 'PS256, ES256, EdDSA, Ed25519 or a list of them')
const tokenAlgorithm = choice('PS256', 'ES256', 'EdDSA', 'Ed25519', 'RS256')

const identifier = text('text', 'a text that is not empty')

const introspection = mapping({
  client_id: identifier.describe('Client id of this gateway at the authorization server.'),
  client_auth: choice(
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'tls_client_auth',
    'self_signed_tls_client_auth',
  ).describe('How the gateway authenticates (RFC 8414 §2, token_endpoint_auth_methods_supported).'),
  client_secret: identifier.exactOptional().describe('The secret, for the two client_secret methods.'),
  client_secret_file: filePath
    .exactOptional()
    .describe('File that holds the secret; white space around it is cut off.'),
  private_key: filePath
    .exactOptional()
    .describe('Private key, PEM, not encrypted, for private_key_jwt and the two TLS methods.'),
  key_id: identifier.exactOptional().describe('`kid` of the private key, for private_key_jwt.'),
  certificate: filePath.exactOptional().describe('Certificate, PEM, for the two TLS methods.'),
  endpoint: httpsUrl.exactOptional().describe('Introspection endpoint; default: as the issuer publishes it.'),
  response: choice('json', 'jwt', 'plain_jwt')
    .prefault('json')
    .describe(
      'Form of the answers, and no other is taken; jwt: signed for this gateway (RFC 9701); plain_jwt: the JWT that stands for the token, alone (Curity) or in the member `jwt` (Keycloak). Signatures are verified with `algorithms` and the keys of the issuer.',
    ),
  cache: duration('0ms', '5m')
    .prefault('30s')
    .describe('How long an answer is remembered, never beyond the token (RFC 7662 §4); 0ms asks every time.'),
  negative_cache: duration('0ms', '1m')
    .prefault('5s')
    .describe('How long a token stays refused after it was said not to be active.'),
  timeout: duration('100ms', '30s')
    .prefault('5s')
    .describe('Time for an answer; after it requests are answered 503.'),
  max_connections: count(1, 1024)
    .prefault(64)
    .describe(
      'Most questions at a time; 16 times as many with those that wait, a quarter of them for one client certificate that is trusted, else for one address, and beyond that requests are answered 503.',
    ),
})

const decryptionKey = mapping({
  key: filePath.describe('Private key, PEM: RSA, P-256, P-384, P-521 or X25519.'),
  key_id: identifier.describe('`kid` by which tokens name it; no two keys have the same.'),
})

/** Stands in an issuer for each of its tenants. */
export const TENANT = '{tenantid}'

export const issuer = mapping({
  issuer: issuerUrl.describe(
    'Issuer identifier, compared byte for byte with `iss` (RFC 9068 §4); its metadata (RFC 8414) gives the rest unless said here. `{tenantid}` in it stands for each of `tenants`.',
  ),
  tenants: listOf(text('tenant', 'a tenant', /^[A-Za-z0-9._-]+$/), 'a list of tenants')
    .exactOptional()
    .describe('What `{tenantid}` may be; the `tid` of a token must name the same tenant as its `iss`.'),
  dialect: dialect
    .prefault('rfc9068')
    .describe(
      'How the authorization server writes its access tokens; RFC 9068 unless another is named. config/README.md has a table of them.',
    ),
  ca: filePath
    .exactOptional()
    .describe('CA certificates of the authorization server, PEM; default: those of Node.'),
  audience: oneOrList(identifier, 'an audience or a list of them').describe(
    'What `aud` must name, one of these at least (RFC 9068 §4); what servers write there differs by `dialect`.',
  ),
  algorithms: oneOrList(tokenAlgorithm, 'PS256, ES256, EdDSA, Ed25519, RS256 or a list of them')
    .prefault(['PS256', 'ES256', 'EdDSA'])
    .describe('Signature algorithms of access tokens (FAPI2-SP §5.4.1, which does not have RS256).'),
  decryption: listOf(decryptionKey, 'a list of keys')
    .exactOptional()
    .describe(
      'Keys that its access tokens may be encrypted for; several, while they are changed. Not beside `introspection`, as who is asked opens them.',
    ),
  require_encryption: flag()
    .prefault(false)
    .describe('Whether tokens that are not encrypted are refused (RFC 9068 §4); not beside `introspection`.'),
  metadata_url: httpsUrl
    .exactOptional()
    .describe('Where the metadata is, where that cannot be told from the issuer.'),
  metadata_issuer: identifier
    .exactOptional()
    .describe('What the metadata names as its `issuer`, where that is not what tokens say.'),
  jwks_uri: httpsUrl.exactOptional().describe('Where the keys are, instead of what the metadata says.'),
  jwks_file: filePath
    .exactOptional()
    .describe('File with the keys (JWK Set, RFC 7517 §5), instead of the network.'),
  denied_keys: listOf(identifier, 'a list of key ids and thumbprints')
    .exactOptional()
    .describe(
      'Keys that verify nothing, by `kid` or by thumbprint (RFC 7638), even while they are published: for one that is compromised (FAPI2-SP §6.8).',
    ),
  clock_skew: duration('0ms', '60s')
    .prefault('10s')
    .describe('How far `iat` and `nbf` may lie ahead of our clock (FAPI2-SP §5.3.2.1(13)).'),
  max_token_lifetime: duration('1s', '576h')
    .exactOptional()
    .describe('Longest `exp` - `iat`; default: no bound.'),
  stale_keys: duration('0ms', '576h')
    .prefault('24h')
    .describe('How long keys serve on when they are due and the authorization server cannot be reached.'),
  status_list: statusList
    .prefault({})
    .describe(
      'How the `status` of its tokens is looked up (draft-ietf-oauth-status-list-21); it always is, unless `danger_ignore_status` is set. Not beside `introspection`, which tells whether a token was revoked.',
    ),
  introspection: introspection
    .exactOptional()
    .describe(
      'Asks the authorization server about tokens (RFC 7662) instead of verifying them here: those that are no JWT, and JWTs of this issuer unless another entry of the route verifies them.',
    ),
})

const nonceSecret = text('secret', 'a secret of at least 32 characters', /^\S{32,}$/)

export const dpopNonce = mapping({
  secret: oneOrList(nonceSecret, 'a secret or a list of them')
    .exactOptional()
    .describe(
      'Secrets that every replica shares: the first makes nonces, all are accepted, so that one can be replaced.',
    ),
  secret_file: oneOrList(filePath, 'a path or a list of paths')
    .exactOptional()
    .describe('Files that hold the secrets; white space around them is cut off.'),
})

export type IssuerDocument = z.output<typeof issuer>
