import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { JWK } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { listen, type Port } from './listen.ts'

export interface AuthorizationServerOptions {
  readonly port: Port
  readonly issuer: string
  /** The folder of the throw-away PKI. */
  readonly certs: string
  /** The API that access tokens are for (RFC 8707 resource indicator and RFC 9068 `aud`). */
  readonly audience: string
  /** The public key with which the client `tpp-dpop` authenticates (private_key_jwt, ES256). */
  readonly clientKey: JWK
  /** Metadata of more clients that, like `gateway`, may ask about tokens and do nothing else (RFC 7591 §2). */
  readonly askers?: readonly Readonly<Record<string, unknown>>[]
}

export interface AuthorizationServer {
  readonly close: () => Promise<void>
}

/** Starts oidc-provider with its FAPI 2.0 profile over TLS. Whoever comes to log in is alice, and she agrees. */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const provider = new Provider(options.issuer, configuration(options))
  const callback = provider.callback()
  const server = createServer(tlsOptions(options.certs), (request, response) => {
    if (request.url?.startsWith(INTERACTION))
      agree(provider, request, response).catch(() => response.destroy())
    else callback(request, response)
  })
  await listen(server, options.port)
  return { close: () => close(server) }
}

function configuration(options: AuthorizationServerOptions): Record<string, unknown> {
  return {
    clients: clients(options),
    clientDefaults: {
      id_token_signed_response_alg: 'ES256',
      introspection_signed_response_alg: 'ES256',
      response_types: ['code'],
    },
    clientAuthMethods: [
      'private_key_jwt',
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'client_secret_basic',
      'client_secret_post',
    ],
    responseTypes: ['code'],
    jwks: { keys: [signingKey()] },
    enabledJWA: SIGNING_ALGORITHMS,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: {
      devInteractions: { enabled: false },
      fapi: { enabled: true, profile: '2.0' },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: certificatePem,
        certificateAuthorized: (context: Context) => context.socket.authorized,
        certificateSubjectMatches: subjectMatches,
      },
      resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer(options.audience) },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    interactions: { url: (_: Context, interaction: { uid: string }) => `${INTERACTION}${interaction.uid}` },
    findAccount: (_: Context, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    ttl: {
      AccessToken: LIFETIME_SECONDS,
      Grant: LIFETIME_SECONDS,
      Interaction: 60,
      Session: LIFETIME_SECONDS,
    },
  }
}

/** One client for each way of binding a token to its sender, and the gateway itself, which may only introspect. */
function clients(options: AuthorizationServerOptions): Record<string, unknown>[] {
  const subject = readFileSync(join(options.certs, 'client-1.pem'))
  return [
    {
      client_id: 'tpp-dpop',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [options.clientKey] },
      dpop_bound_access_tokens: true,
    },
    {
      client_id: 'tpp-mtls',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: distinguishedName(new X509Certificate(subject)),
      tls_client_certificate_bound_access_tokens: true,
    },
    {
      client_id: 'gateway',
      client_secret: readFileSync(join(options.certs, 'introspection.secret'), 'utf8').trim(),
      token_endpoint_auth_method: 'client_secret_basic',
      ...ASKS_ONLY,
    },
    ...(options.askers ?? []).map((asker) => ({ ...asker, ...ASKS_ONLY })),
  ]
}

/** Two resources of one API: its accounts and payments take JWTs (RFC 9068), its cards take opaque tokens (RFC 7662). */
function resourceServer(audience: string) {
  return (_: Context, resource: string) => {
    const common = { audience, scope: SCOPES.join(' '), accessTokenTTL: LIFETIME_SECONDS }
    if (resource === audience) {
      return { ...common, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
    }
    if (resource === `${audience}/cards`) return { ...common, accessTokenFormat: 'opaque' }
    throw new errors.InvalidTarget()
  }
}

/** Logs alice in and grants all that the client asked for, in one step. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  const grant = new provider.Grant({ accountId: 'alice', clientId: params.client_id ?? '' })
  grant.addResourceScope(params.resource ?? '', params.scope ?? '')
  const result = { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } }
  await provider.interactionFinished(request, response, result)
}

/** Asks for a client certificate and takes a connection without one: only tls_client_auth and bound tokens need it. */
function tlsOptions(certs: string) {
  const read = (name: string) => readFileSync(join(certs, name))
  return {
    cert: read('as.pem'),
    key: read('as-key.pem'),
    ca: read('client-ca.pem'),
    crl: read('client-ca.crl.pem'),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2' as const,
  }
}

function certificatePem(context: Context): string | undefined {
  return context.socket.getPeerX509Certificate()?.toString()
}

/** RFC 8705 §2.1.2: the whole subject, or it is somebody else. */
function subjectMatches(context: Context, property: string, expected: string): boolean {
  const certificate = context.socket.getPeerX509Certificate()
  return (
    property === 'tls_client_auth_subject_dn' &&
    certificate !== undefined &&
    distinguishedName(certificate) === expected
  )
}

/** As RFC 4514 writes a name: the most specific part first. Node gives the parts in the certificate's order. */
function distinguishedName(certificate: X509Certificate): string {
  return certificate.subject.split('\n').reverse().join(',')
}

function signingKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: 'as-1', use: 'sig', alg: 'ES256' }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

interface Context {
  readonly socket: TLSSocket
}

/** Where the authorization server sends the browser back to. Nothing listens there: the client reads the redirect. */
export const REDIRECT_URI = 'https://tpp.example/callback'

const ASKS_ONLY = { redirect_uris: [], grant_types: [], response_types: [] }
const INTERACTION = '/interaction/'
const SCOPES = ['accounts', 'payments']
const LIFETIME_SECONDS = 3600
/** FAPI2-SP §5.4.1: PS256, ES256 or EdDSA, and nothing else. */
const FAPI_ALGORITHMS = ['PS256', 'ES256', 'Ed25519', 'EdDSA']
const SIGNING_ALGORITHMS = {
  clientAuthSigningAlgValues: FAPI_ALGORITHMS,
  idTokenSigningAlgValues: FAPI_ALGORITHMS,
  introspectionSigningAlgValues: FAPI_ALGORITHMS,
  dPoPSigningAlgValues: FAPI_ALGORITHMS,
}
