import type { Server, Socket } from 'node:net'
import { BANK, type GatewayConfig, ROUTES } from '../support/gateway.ts'
import { startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks } from '../support/wire-signature.ts'
import { ORIGIN } from '../support/wire-tokens.ts'
import { freePort, listening } from '../support/wire-upstream.ts'
import { startWithUpstream, type WithUpstream } from '../support/with-upstream.ts'
import { AUTHORITY_ROUTES } from './authority-cases.ts'
import type { DenialCase } from './denial-case.ts'
import { CONSENT_DENIALS, CONSENTS } from './denial-cases-consent.ts'
import { DIGEST_DENIALS } from './denial-cases-digest.ts'
import { INTROSPECTION_DENIALS, saysOf } from './denial-cases-introspection.ts'
import { PROOF_DENIALS } from './denial-cases-proof.ts'
import { REQUEST_DENIALS } from './denial-cases-request.ts'
import { SIGNATURE_DENIALS } from './denial-cases-signature.ts'
import { TOKEN_DENIALS } from './denial-cases-token.ts'

/** Every denial that one request brings about. */
export const DENIAL_CASES: readonly DenialCase[] = [
  ...REQUEST_DENIALS,
  ...DIGEST_DENIALS,
  ...TOKEN_DENIALS,
  ...INTROSPECTION_DENIALS,
  ...CONSENT_DENIALS,
  ...PROOF_DENIALS,
  ...SIGNATURE_DENIALS,
]

/** A gateway for those cases, with whom it asks and to whom it forwards. */
export async function startDenialGateway(
  changes: (config: GatewayConfig, url: string) => object = () => ({}),
): Promise<WithUpstream> {
  const servers: Server[] = []
  const endpoint = await startIntrospectionEndpoint()
  endpoint.say = saysOf
  for (const [path, consent] of CONSENTS) endpoint.documents.set(path, consent)
  const started = await startWithUpstream(async (url) => {
    const config = await configOf(url, endpoint.origin, servers)
    return { ...config, ...changes(config, url) }
  })
  return {
    ...started,
    stop: async () => {
      await started.stop()
      await endpoint.close()
      for (const server of servers) server.close()
    },
  }
}

/** Everything that the table needs: strict routes, an issuer that is away, and upstreams with every fault. */
async function configOf(url: string, introspection: string, servers: Server[]): Promise<GatewayConfig> {
  const pki = await pkiFolder()
  const serve = (answer: (socket: Socket) => void) => listening(answer, servers)
  const [refused, garbage, cut, hang] = [
    await freePort(),
    await serve((socket) => socket.once('data', () => socket.end('SSH-2.0-nonsense\r\n\r\n'))),
    await serve((socket) => socket.once('data', () => socket.destroy())),
    await serve(() => {}),
  ]
  const own = await freePort()
  const tls = {
    client_certificate: 'optional',
    client_ca: `${pki}/client-ca.pem`,
    client_crl: `${pki}/client-ca.crl.pem`,
  }
  const open = (name: string) => ({ path: `/${name}`, upstream: name, danger_public: true })
  const guarded = (path: string, require: object) => ({ path, upstream: 'bank', require })
  return {
    signing: { key: `${pki}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
    clients: [
      { client_id: 'tpp-1', jwks: clientJwks() },
      { client_id: 'away', jwks_uri: `https://127.0.0.1:${refused}/` },
    ],
    signature_profiles: {
      strict: {
        request: {
          always: ['@method', '@target-uri', 'date'],
          tag: 'strict',
          expires: 'required',
          nonce: 'required',
        },
      },
      open: { request: { algorithms: ['PS256', 'rsa-pss-sha512'] } },
    },
    listeners: [
      {
        bind: `127.0.0.1:${own}`,
        public_origin: [ORIGIN, `https://localhost:${own}`],
        tls,
        resource_metadata: { publish: false },
        limits: { body_size: '1KiB', header_timeout: '3s' },
      },
    ],
    issuers: {
      bank: { ...BANK, max_token_lifetime: '1h' },
      asked: {
        ...BANK,
        jwks_file: undefined,
        ca: `${pki}/as-ca.pem`,
        introspection: {
          client_id: 'gateway',
          client_auth: 'client_secret_post',
          client_secret: 'secret',
          endpoint: `${introspection}/introspect`,
        },
      },
      away: {
        ...BANK,
        issuer: 'https://away.example',
        jwks_uri: `https://127.0.0.1:${refused}/`,
        jwks_file: undefined,
      },
    },
    consents: {
      bank: {
        url: `${introspection}/consents/{id}`,
        ca: `${pki}/as-ca.pem`,
        id: { claim: 'consent_id' },
        states: 'AUTHORISED',
      },
    },
    upstreams: {
      bank: { url },
      refused: { url: `http://127.0.0.1:${refused}` },
      untrusted: { url: `https://localhost:${own}` },
      garbage: { url: `http://127.0.0.1:${garbage}` },
      cut: { url: `http://127.0.0.1:${cut}` },
      hang: { url: `http://127.0.0.1:${hang}`, timeout: '300ms' },
      busy: { url: `http://127.0.0.1:${hang}`, max_connections: 1 },
      loop: { url: `https://localhost:${own}`, ca: `${pki}/server-ca.pem` },
    },
    routes: [
      ...ROUTES,
      { path: '/read-only', methods: ['GET'], upstream: 'bank', danger_public: true },
      { path: '/versioned', upstream: 'bank', danger_public: true, required_headers: { 'X-V': 'number' } },
      { ...guarded('/scripts', { issuer: 'bank' }), cors: { origins: 'https://app.example' } },
      guarded('/consented', { issuer: 'bank', consent: { service: 'bank', permissions: 'ReadBalances' } }),
      guarded('/mtls', { issuer: 'bank', sender: 'mtls' }),
      guarded('/signed', { issuer: 'bank', signature: 'fapi2' }),
      guarded('/signed/strictly', { issuer: 'bank', signature: 'strict' }),
      guarded('/signed/open', { issuer: 'bank', signature: 'open' }),
      guarded('/signed/nameless', { issuer: 'asked', signature: 'fapi2' }),
      guarded('/digest', { issuer: 'bank', content_digest: 'required' }),
      ...AUTHORITY_ROUTES,
      guarded('/away', { issuer: 'away' }),
      guarded('/asked', { issuer: 'asked' }),
      ...['refused', 'untrusted', 'garbage', 'cut', 'hang', 'busy', 'loop'].map(open),
    ],
  }
}
