import type { ClientHttp2Session } from 'node:http2'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BANK, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { athOf } from '../support/proof.ts'
import { callOn, openHttp2 } from '../support/wire-client.ts'
import { written } from '../support/wire-pki.ts'
import { digestOf } from '../support/wire-signature.ts'
import { credentials, issuerKey, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'
import { turnTo } from './reload-world.ts'

vi.setConfig({ testTimeout: 120_000 })

/** So many that each thread has some: of 2 one has none in a run of a thousand. */
const CONNECTIONS = 11
let upstream: RecordingUpstream
let gateway: TestGateway
let sessions: readonly ClientHttp2Session[]

const [GUARDED, PUBLIC] = ROUTES as [object, object]
const BASE = () => ({
  threads: 2,
  upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
  routes: [
    ...ROUTES,
    {
      path: '/held',
      upstream: 'bank',
      limits: { held_body_size: '4MiB' },
      require: { issuer: 'bank', content_digest: 'required' },
    },
  ],
})

beforeAll(async () => {
  upstream = await startUpstream(({ url }, response) => {
    setTimeout(() => response.end(), url === '/status/slow' ? 500 : 0)
  })
  gateway = await startGateway(BASE())
  sessions = await Promise.all(Array.from({ length: CONNECTIONS }, () => openHttp2(gateway.port)))
})

afterAll(async () => {
  for (const session of sessions) session.destroy()
  await gateway.stop()
  await upstream.close()
})

const accessToken = token()
const BODY = 'x'.repeat(2 * 1024 * 1024)
const REQUESTS = {
  public: () => ({ path: '/status' }),
  slow: () => ({ path: '/status/slow' }),
  guarded: () => ({ path: '/accounts', fields: credentials('/accounts', { accessToken }) }),
  held: () => ({
    method: 'POST',
    path: '/held',
    body: BODY,
    fields: [...credentials('/held', { method: 'POST', accessToken }), 'content-digest', digestOf(BODY)],
  }),
}

/** What the same request meets, sent at once over each connection. */
async function answers(kind: keyof typeof REQUESTS): Promise<ReadonlySet<unknown>> {
  const all = sessions.map((session) => callOn(session, REQUESTS[kind]()))
  return new Set((await Promise.all(all)).map(({ status, code }) => code ?? status))
}

/** What is remembered, and what lives on, is judged by what the next configuration says: on connections that are kept, in every thread. */
describe('a reload has its effect at the next request', () => {
  it.each<[string, object | (() => Promise<object>), keyof typeof REQUESTS, ...unknown[]]>([
    ['public_origin', { listeners: [{ public_origin: 'https://other.example' }] }, 'public', 'HOST_FOREIGN'],
    ['header_count', { listeners: [{ limits: { header_count: 1 } }] }, 'guarded', 'FIELDS_TOO_MANY'],
    ['body_size', { listeners: [{ limits: { body_size: '1MiB' } }] }, 'held', 'BODY_TOO_LARGE'],
    ['held_bodies', { held_bodies: { memory: '4MiB' } }, 'held', 200, 'BODY_NO_ROOM'],
    ['in_flight', { overload: { in_flight: 1 } }, 'slow', 200, 'OVERLOADED'],
    [
      'timeout',
      () => ({ upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}`, timeout: '100ms' } } }),
      'slow',
      'UPSTREAM_TIMEOUT',
    ],
    ['url', { upstreams: { bank: { url: 'http://127.0.0.1:1' } } }, 'public', 'UPSTREAM_UNREACHABLE'],
    [
      'audience',
      { issuers: { bank: { ...BANK, audience: 'https://other.example' } } },
      'guarded',
      'TOKEN_AUDIENCE',
    ],
    [
      'max_token_lifetime',
      { issuers: { bank: { ...BANK, max_token_lifetime: '60s' } } },
      'guarded',
      'TOKEN_LIFETIME',
    ],
    [
      'denied_keys',
      { issuers: { bank: { ...BANK, denied_keys: [issuerKey().kid] } } },
      'guarded',
      'TOKEN_KEY_UNKNOWN',
    ],
    [
      'dpop.algorithms',
      { routes: [{ ...GUARDED, require: { issuer: 'bank', dpop: { algorithms: 'PS256' } } }, PUBLIC] },
      'guarded',
      'DPOP_ALG',
    ],
    [
      'revocations_file',
      async () => ({ revocations_file: await written(JSON.stringify([{ token_hash: athOf(accessToken) }])) }),
      'guarded',
      'TOKEN_REVOKED',
    ],
  ])('%s', async (_, changes, kind, ...expected) => {
    await turnTo(gateway, BASE())
    expect(await answers(kind)).toEqual(new Set([200]))
    await turnTo(gateway, { ...BASE(), ...(typeof changes === 'function' ? await changes() : changes) })
    expect(await answers(kind)).toEqual(new Set(expected))
  })

  it('log.access', async () => {
    const ask = (path: string) => Promise.all(sessions.map((session) => callOn(session, { path })))
    const told = (path: string) => gateway.lines().filter((line) => line['path'] === path).length
    await turnTo(gateway, { ...BASE(), log: { access: false } })
    await ask('/status/before')
    await turnTo(gateway, BASE())
    await ask('/status/after')
    await expect.poll(() => told('/status/after')).toBe(CONNECTIONS)
    expect(told('/status/before')).toBe(0)
  })
})
