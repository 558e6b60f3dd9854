import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { downstreamFields } from '../../src/gateway/fields.ts'
import { ROUTES } from '../support/gateway.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import type { Seen } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

/** What upstreams believe because only a gateway could have written it (CCH-10), and more of the kind. */
const TRUSTED = [
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-user'],
  ...['x-forwarded-client-cert', 'x-real-ip', 'client-cert', 'client-cert-chain', 'client-certificate'],
  ...['x-client-cert', 'x-client-certificate', 'x-ssl-client-dn', 'ssl-client-verify', 'txn-token'],
  ...['workload-identity-token', 'workload-proof-token', 'x-gw-user', 'x-auth-user', 'x-user-id', 'x-user'],
  ...['x-subject', 'x-client-id', 'remote-user', 'x-remote-user', 'x-original-url', 'x-http-method-override'],
  ...['holdfast-client-id', 'holdfast-subject', 'holdfast-issuer', 'holdfast-scope', 'holdfast-jkt'],
  ...['holdfast-x5t-s256', 'holdfast-anything', 'proxy-authorization', 'x-original-forwarded-for'],
  // As products write them: WebLogic, Envoy, Kong, Authelia, Azure, Google, Cloudflare, Fastly, Fly, WSO2, Grafana,
  // Rack, WebSEAL, SiteMinder, mod_auth_openidc, Linkerd, Tailscale, authentik, Pomerium, App Engine, Next.js.
  ...['wl-proxy-client-cert', 'proxy-client-ip', 'x-envoy-external-address', 'x-credential-identifier'],
  ...['x-anonymous-consumer', 'remote-groups', 'x-ms-client-principal', 'x-azure-clientip'],
  ...['x-goog-iap-jwt-assertion', 'x-goog-authenticated-user-email', 'x-endpoint-api-userinfo'],
  ...['x-apigateway-api-userinfo', 'cf-access-jwt-assertion', 'fastly-client-ip', 'fly-client-ip'],
  ...[
    'x-jwt-assertion',
    'x-webauth-user',
    'proxy',
    'x-accel-mapping',
    'iv-user',
    'sm-user',
    'oidc-claim-sub',
  ],
  ...['l5d-client-id', 'tailscale-user-login', 'x-authentik-username', 'x-pomerium-claim-email'],
  ...[
    'x-appengine-user-email',
    'x-ms-token-aad-id-token',
    'x-middleware-subrequest',
    'x-script-name',
    'x-scheme',
  ],
]

let answer: readonly string[] = []
const kept = { path: '/kept/**', upstream: 'bank', forward_token: true, require: { issuer: 'bank' } }
const { gateway, upstream, stop } = await startWithUpstream({ routes: [...ROUTES, kept] }, (_, response) => {
  response.sendDate = false
  response.writeHead(200, answer as string[])
  response.end('ok')
})
afterAll(stop)

describe('fields on their way', () => {
  /** What the upstream saw of one request. */
  async function passed(
    path: string,
    fields: readonly string[],
    version: '1.1' | '2' = '1.1',
    method = 'GET',
  ): Promise<Seen> {
    upstream.news()
    const { status, body } = await gateway.call({ path, fields, version, method })
    expect([status, body]).toEqual([200, method === 'HEAD' ? '' : 'ok'])
    const news = upstream.news()
    expect(news).toHaveLength(1)
    return news[0] as Seen
  }

  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it.each(['/status', '/accounts'])('nobody can pass for the gateway on %s', async (path) => {
      const cased = TRUSTED.flatMap((name, at) => [
        version === '2' || at % 2 ? name : shouted(name),
        'forged',
      ])
      const seen = await passed(path, [...cased, ...(path === '/accounts' ? credentials() : [])], version)
      expect(seen.fields.join('\n')).not.toContain('forged')
      expect(seen.all('x-forwarded-for')).toEqual(['127.0.0.1'])
      expect(seen.all('x-forwarded-host')).toEqual([HOST])
      expect(seen.all('x-forwarded-proto')).toEqual(['https'])
      expect(seen.all('forwarded')).toEqual([`for=127.0.0.1;host="${HOST}";proto=https`])
      expect(seen.all('holdfast-subject')).toEqual(path === '/accounts' ? ['customer-7'] : [])
    })

    it.each(['_', '.', '~', '+', '|', '!', '$', "'", '`'])(
      'nor in a spelling with %j, which environments fold',
      async (odd) => {
        for (const name of ['holdfast-subject', 'content-length', `${odd}WSRU`.toLowerCase()]) {
          const fields = [name.replaceAll('-', odd), 'forged']
          expect((await gateway.call({ path: '/status', fields, version })).code).toBe('FIELD_NAME')
        }
      },
    )

    it('token and proof stay here, on public routes too', async () => {
      for (const path of ['/status', '/accounts']) {
        const seen = await passed(path, credentials(path), version)
        expect([seen.all('authorization'), seen.all('dpop')]).toEqual([[], []])
      }
    })

    it('forward_token sends the Authorization as it came, and never the proof', async () => {
      const fields = credentials('/kept/x')
      const odd = [
        'authorization',
        `dPoP  ${(fields[1] as string).slice('DPoP '.length)}`,
        ...fields.slice(2),
      ]
      const seen = await passed('/kept/x', odd, version)
      expect(seen.all('authorization')).toEqual([odd[1]])
      expect(seen.all('dpop')).toEqual([])
    })

    it('the upstream is called by its own name, and knows who passed the request on', async () => {
      const seen = await passed('/status', ['via', '1.0 somebody'], version)
      expect(seen.version).toBe('1.1')
      expect(seen.all('host')).toEqual([`127.0.0.1:${upstream.port}`])
      expect(seen.all('via').join(', ')).toMatch(
        new RegExp(`${version === '2' ? '2' : '1\\.1'} holdfast-\\w+$`),
      )
    })

    it('ordinary fields pass as they came, and in their order', async () => {
      const mine = [
        'x-one',
        'a',
        'accept',
        'text/html;q=0.5',
        'x-one',
        'b,  c',
        'x-empty',
        '',
        'x-latin',
        'é',
      ]
      const seen = await passed('/status', mine, version)
      expect(seen.all('x-one')).toEqual(['a', 'b,  c'])
      expect(seen.all('accept')).toEqual(['text/html;q=0.5'])
      expect(seen.all('x-empty')).toEqual([''])
      expect(Buffer.from(seen.all('x-latin')[0] as string, 'latin1').toString('hex')).toMatch(/^(e9|c3a9)$/)
    })

    it('the trace of a client goes on as it came (W3C Trace Context), and none is begun', async () => {
      const trace = [
        'traceparent',
        '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        'tracestate',
        'a=b',
      ]
      const seen = await passed('/status', trace, version)
      expect([seen.all('traceparent'), seen.all('tracestate')]).toEqual([[trace[1]], [trace[3]]])
      expect((await passed('/status', [], version)).all('traceparent')).toEqual([])
    })

    it('a mark of early data goes on, where the route lets such a request pass', async () => {
      expect((await passed('/status', ['early-data', '1'], version)).all('early-data')).toEqual(['1'])
    })

    it('one interaction id goes the whole way', async () => {
      const id = randomUUID()
      const seen = await passed('/status', ['x-fapi-interaction-id', id], version)
      expect(seen.all('x-fapi-interaction-id')).toEqual([id])
      const fresh = await passed('/status', ['x-fapi-interaction-id', 'not a uuid'], version)
      expect(fresh.all('x-fapi-interaction-id')).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
    })

    it('a query and a path go on byte for byte', async () => {
      const path = "/status/a%2Db/%c3%a9/~!$&'()*+,=:@/%7e?x=%2f%2F..;/&y=%00&&=?{|}"
      expect((await passed(path, [], version)).target).toBe(path)
    })

    it('claims cannot forge fields', async () => {
      const odd = { sub: 'a\r\nholdfast-scope: all', client_id: 'Zoë 100%', scope: 'accounts a\tpayments' }
      const accessToken = token({ claims: odd })
      const seen = await passed('/accounts', credentials('/accounts', { accessToken }), version)
      expect(seen.all('holdfast-subject')).toEqual(['a%0D%0Aholdfast-scope%3A%20all'])
      expect(seen.all('holdfast-client-id')).toEqual(['Zo%C3%AB%20100%25'])
      expect(seen.all('holdfast-scope')).toEqual(['accounts'])
    })

    it('a lone surrogate in a claim harms nobody', async () => {
      const accessToken = token({ claims: { sub: '\ud800x' } })
      const seen = await passed('/accounts', credentials('/accounts', { accessToken }), version)
      expect(seen.all('holdfast-subject')).toEqual(['%EF%BF%BDx'])
    })
  })

  it('of an overlong Via the oldest are left out, and none is cut in two', async () => {
    const before = Array.from({ length: 200 }, (_, at) => `1.1 proxy-${at}`)
    const [via = ''] = (await passed('/status', ['via', before.join(', ')])).all('via')
    expect([via.length > 1_000, via.length < 1_100]).toEqual([true, true])
    const entries = via.split(', ')
    expect(entries.slice(0, -1)).toEqual(before.slice(-entries.length + 1))
    expect(entries.at(-1)).not.toContain('proxy-')
  })

  it('what Connection names is dropped, and what belongs to one hop', async () => {
    upstream.news()
    await gateway.raw(
      `GET /status HTTP/1.1\r\nHost: ${HOST}\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-Stay: 1\r\n` +
        'Keep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Connection: x\r\nTrailer: x-t\r\n\r\n',
    )
    const [seen] = upstream.news()
    expect(seen?.all('x-stay')).toEqual(['1'])
    for (const name of ['x-hop', 'keep-alive', 'te', 'proxy-connection', 'trailer'])
      expect([name, seen?.all(name)]).toEqual([name, []])
    expect(seen?.all('connection')).toEqual([])
  })

  it.each([
    ...['authorization', 'dpop', 'host', 'cookie', 'content-length', 'content-digest', 'signature-input'],
    ...['x-forwarded-for', 'holdfast-subject', 'x-fapi-interaction-id', 'via', 'content-type'],
  ])('Connection may not name %s', async (name) => {
    upstream.news()
    const refused = await gateway.call({ path: '/status', fields: ['connection', `close,${shouted(name)}`] })
    expect([refused.status, refused.code]).toEqual([400, 'FIELD_CONNECTION'])
    expect(upstream.news()).toEqual([])
  })

  it('an upgrade is not passed on', async () => {
    const seen = await passed('/status', [
      'connection',
      'upgrade',
      'upgrade',
      'websocket',
      'http2-settings',
      'AAMA',
    ])
    expect([seen.all('upgrade'), seen.all('http2-settings')]).toEqual([[], []])
  })

  it.each([
    ['Accept, holdfast-Subject', '*'],
    ['Txn-Token', '*'],
    ['Forwarded', '*'],
    ['X-Forwarded-For,Accept', '*'],
    ['X-Forwarded-Host, X-Forwarded-Proto', 'X-Forwarded-Host, X-Forwarded-Proto'],
    ['Accept-Encoding', 'Accept-Encoding'],
  ])('an answer that varies by %s is told to vary by %s', async (said, told) => {
    answer = ['Cache-Control', 'public, max-age=60', 'Vary', said]
    const got = await gateway.call({ path: '/accounts', fields: credentials() })
    expect([got.status, got.all('vary')]).toEqual([200, [told]])
  })

  it('answers lose what belongs to one hop, or is ours to say', async () => {
    answer = [
      ...['Connection', 'X-Hop', 'X-Hop', '1', 'Keep-Alive', 'timeout=5', 'Client-Cert', ':AA==:'],
      ...['DPoP-Nonce', 'theirs', 'Proxy-Status', 'x', 'X-Stay', 'a', 'X-Stay', 'b', 'Vary', 'Client-Cert'],
      ...['x-fapi-interaction-id', 'theirs', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
    ]
    for (const version of ['1.1', '2'] as const) {
      const got = await gateway.call({ path: '/accounts', fields: credentials(), version })
      for (const name of ['x-hop', 'client-cert', 'dpop-nonce', 'proxy-status'])
        expect([name, got.all(name)]).toEqual([name, []])
      expect(got.all('x-stay')).toEqual(['a', 'b'])
      expect(got.all('set-cookie')).toEqual(['a=1', 'b=2'])
      expect(got.all('vary')).toEqual(['*'])
      expect(got.all('x-fapi-interaction-id')).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
      expect(got.all('cache-control')).toEqual(['no-store'])
    }
    answer = ['Cache-Control', 'max-age=60']
    expect((await gateway.call({ path: '/accounts', fields: credentials() })).all('cache-control')).toEqual([
      'max-age=60',
    ])
    answer = []
    expect((await gateway.call({ path: '/status' })).all('cache-control')).toEqual([])
  })
})

it.each([true, false])(
  'an answer with a nonce is not to be cached, whatever the upstream says of it (protected: %j)',
  (isProtected) => {
    for (const said of [[], ['Cache-Control', 'public, max-age=60']]) {
      const fields = downstreamFields(200, said, { interactionId: 'i', nonce: 'n' }, isProtected, null)
      expect(fields).toEqual(['x-fapi-interaction-id', 'i', 'dpop-nonce', 'n', 'cache-control', 'no-store'])
    }
  },
)

function shouted(name: string): string {
  return name.toUpperCase()
}
