import { join } from 'node:path'
import { BANK, startGateway, type TestGateway } from '../support/gateway.ts'
import { type IntrospectionEndpoint, startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks } from '../support/wire-signature.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

export interface ShadowGateway {
  readonly gateway: TestGateway
  readonly upstream: RecordingUpstream
  /** Whom `/late` asks about its tokens. */
  readonly endpoint: IntrospectionEndpoint
  /** The line of the request to this path that the upstream saw last. */
  last(path: string): Promise<Line>
  stop(): Promise<void>
}

type Line = { readonly [name: string]: unknown }

/** A gateway whose rules or whole routes only watch; its paths say which. */
export async function startShadowGateway(): Promise<ShadowGateway> {
  const upstream = await startUpstream((_, response) => {
    response.setHeader('cache-control', 'public, max-age=60')
    response.end('{"from":"upstream"}')
  })
  const endpoint = await startIntrospectionEndpoint()
  const ca = join(await pkiFolder(), 'as-ca.pem')
  const asking = (clientId: string) => ({
    ...{ ...BANK, jwks_file: undefined, ca },
    introspection: {
      client_id: clientId,
      client_auth: 'client_secret_post',
      client_secret: 'secret',
      endpoint: `${endpoint.origin}/introspect`,
      cache: '0ms',
    },
  })
  const route = (path: string, require: object, more: object = {}) => ({
    path,
    name: path.slice(1),
    upstream: 'bank',
    require: { issuer: 'bank', ...require },
    ...more,
  })
  const gateway = await startGateway({
    issuers: {
      asked: asking('gateway'),
      sister: { ...asking('of the sister'), issuer: 'https://sister.example' },
      bank: BANK,
      away: {
        ...BANK,
        issuer: 'https://away.example',
        jwks_file: undefined,
        jwks_uri: 'https://127.0.0.1:1/',
      },
    },
    held_bodies: { memory: '2MiB' },
    policies: {
      next: { enforce: 'shadow', scope: 'payments' },
      signed: { enforce: 'shadow', signature: 'once' },
      elsewhere: { enforce: 'shadow', issuer: 'away' },
      sister: { enforce: 'shadow', issuer: 'sister' },
    },
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    signature_profiles: { once: { request: { nonce: 'required' }, response: 'off' } },
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [
      route('/policy', { policy: 'next', scope: 'accounts' }),
      route('/rules', {
        scope: 'accounts',
        shadow: { scope: 'payments', sender: 'mtls', content_digest: 'required' },
      }),
      route('/nonces', { shadow: { dpop: { nonce: 'required' } } }),
      route('/bearer', { danger_accept_bearer: true, shadow: { danger_accept_bearer: false } }),
      route(
        '/whole',
        { scope: 'payments', content_digest: 'required' },
        { enforce: 'shadow', forward_token: true },
      ),
      route('/late', { issuer: 'asked', content_digest: 'required' }, { enforce: 'shadow' }),
      route('/ahead', { dpop: { nonce: 'required' } }, { enforce: 'shadow' }),
      route('/away', { issuer: 'away' }, { enforce: 'shadow' }),
      route('/watched', { shadow: { content_digest: 'required' } }),
      route('/held', { content_digest: 'required' }),
      route('/exact', { shadow: { content_digest: 'required' } }, { limits: { held_body_size: '1KiB' } }),
      route('/paid', {
        content_digest: 'required',
        shadow: { authorization_details: [{ type: 'payment', match: { amount: { body: 'amount' } } }] },
      }),
      route('/twice', { policy: 'signed', shadow: { signature: 'once' } }),
      route('/asked', { issuer: 'asked', policy: 'sister', shadow: { scope: 'payments' } }),
      route('/both', { issuer: 'asked', policy: 'sister', shadow: { content_digest: 'required' } }),
      route('/elsewhere', { policy: 'elsewhere', issuer: ['bank', 'away'] }),
      route('/of/{client}', { shadow: { condition: 'request.parameters.client == token.client_id' } }),
    ],
  })

  return {
    gateway,
    upstream,
    endpoint,
    last: async (path) => {
      const [seen] = upstream.news()
      const id = seen?.all('x-fapi-interaction-id')[0]
      return gateway.line((line) => line['interaction_id'] === id && line['path'] === path)
    },
    stop: async () => {
      await gateway.stop()
      await upstream.close()
      await endpoint.close()
    },
  }
}

/** Each rule that would have refused, and by which code. */
export const refusedBy = (line: Line) =>
  (line['shadow'] as { rule: string; code: string }[]).map(({ rule, code }) => `${rule} ${code}`)
