import { hash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shadowReport } from '../../src/cli/shadow-report.ts'
import { BANK, startGateway, type TestGateway } from '../support/gateway.ts'
import { type IntrospectionEndpoint, startIntrospectionEndpoint } from '../support/introspection-endpoint.ts'
import { aKey } from '../support/keys.ts'
import { callOn, openHttp2, openTls, statusesIn } from '../support/wire-client.ts'
import { frame, literals, PREFACE } from '../support/wire-h2.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, signedFields } from '../support/wire-signature.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const LITTLE = token({ claims: { scope: 'accounts' } })
let upstream: RecordingUpstream
let endpoint: IntrospectionEndpoint
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream((_, response) => {
    response.setHeader('cache-control', 'public, max-age=60')
    response.end('{"from":"upstream"}')
  })
  endpoint = await startIntrospectionEndpoint()
  const introspection = {
    client_id: 'gateway',
    client_auth: 'client_secret_post',
    client_secret: 'secret',
    endpoint: `${endpoint.origin}/introspect`,
  }
  const route = (path: string, require: object, more: object = {}) => ({
    path,
    name: path.slice(1),
    upstream: 'bank',
    require: { issuer: 'bank', ...require },
    ...more,
  })
  gateway = await startGateway({
    issuers: {
      asked: { ...BANK, jwks_file: undefined, ca: join(await pkiFolder(), 'as-ca.pem'), introspection },
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
      route('/whole', { scope: 'payments' }, { enforce: 'shadow', forward_token: true }),
      route('/late', { issuer: 'asked', content_digest: 'required' }, { enforce: 'shadow' }),
      route('/ahead', { dpop: { nonce: 'required' } }, { enforce: 'shadow' }),
      route('/away', { issuer: 'away' }, { enforce: 'shadow' }),
      route('/watched', { shadow: { content_digest: 'required' } }),
      route('/held', { content_digest: 'required' }),
      route('/twice', { policy: 'signed', shadow: { signature: 'once' } }),
      route('/elsewhere', { policy: 'elsewhere', issuer: ['bank', 'away'] }),
    ],
  })
})
afterAll(async () => {
  await gateway.stop()
  await upstream.close()
  await endpoint.close()
})
beforeEach(() => void upstream.news())

const last = async (path: string) => {
  const [seen] = upstream.news()
  const id = seen?.all('x-fapi-interaction-id')[0]
  return gateway.line((line) => line['interaction_id'] === id && line['path'] === path)
}
const refusedBy = (line: { readonly [name: string]: unknown }) =>
  (line['shadow'] as { rule: string; code: string }[]).map(({ rule, code }) => `${rule} ${code}`)

describe('a rule that only watches', () => {
  it('of a policy, blocks nobody, and writes down each that it would have refused', async () => {
    const fields = credentials('/policy', { accessToken: LITTLE })
    expect((await gateway.call({ path: '/policy', fields })).status).toBe(200)
    expect(refusedBy(await last('/policy'))).toEqual(['policies.next SCOPE_INSUFFICIENT'])
  })

  it('of a route, each for itself; one that would let it pass says nothing', async () => {
    const accessToken = token({ claims: { scope: 'accounts payments' } })
    const fields = credentials('/rules', { accessToken, method: 'POST' })
    expect((await gateway.call({ path: '/rules', method: 'POST', fields, body: 'x=1' })).status).toBe(200)
    expect(refusedBy(await last('/rules'))).toEqual(['sender TOKEN_SENDER', 'content_digest DIGEST_ABSENT'])
  })

  it('looks at bodies as they flow, neither waiting nor refusing', async () => {
    const accessToken = token({ claims: { scope: 'accounts payments' } })
    const send = async (body: string, digestOf: string) => {
      const digest = `sha-256=:${hash('sha256', digestOf, 'base64')}:`
      const fields = [...credentials('/rules', { accessToken, method: 'POST' }), 'content-digest', digest]
      expect((await gateway.call({ path: '/rules', method: 'POST', fields, body })).status).toBe(200)
      return refusedBy(await last('/rules'))
    }
    expect(await send('as signed', 'as signed')).toEqual(['sender TOKEN_SENDER'])
    expect(await send('altered', 'as signed')).toEqual([
      'sender TOKEN_SENDER',
      'content_digest DIGEST_MISMATCH',
    ])
  })

  it('says nothing of a body whose stream was reset without an error before it was whole', async () => {
    const digest = `sha-256=:${hash('sha256', 'amount=100', 'base64')}:`
    const accessToken = token({ claims: { scope: 'accounts payments' } })
    const head = literals([
      ...[':method', 'POST', ':scheme', 'https', ':path', '/rules', ':authority', HOST],
      ...[...credentials('/rules', { accessToken, method: 'POST' }), 'content-digest', digest],
    ])
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    const begun = [PREFACE, frame(4, 0, 0), frame(1, 4, 1, head), frame(0, 0, 1, Buffer.from('amount=1'))]
    socket.write(Buffer.concat(begun))
    await expect.poll(() => upstream.seen.at(-1)?.body.toString()).toBe('amount=1')
    socket.write(frame(3, 0, 1, Buffer.alloc(4)))
    const line = await last('/rules')
    expect([line['verdict'], refusedBy(line)]).toEqual(['gone', ['sender TOKEN_SENDER']])
    socket.destroy()
  })

  it('takes no more than half of the memory for bodies, so that what is enforced has room', async () => {
    const session = await openHttp2(gateway.port)
    const { memory, body } = { memory: 2 * 2 ** 20, body: 'x'.repeat(900_000) }
    const watched = Array.from({ length: 3 }, () => {
      const fields = credentials('/watched', { method: 'POST' })
      const head = [':method', 'POST', ':path', '/watched', ':scheme', 'https', ':authority', HOST]
      const stream = session.request([...head, ...fields] as never)
      stream.on('error', () => {})
      stream.write('x'.repeat(700_000))
      return stream
    })
    const taken = async () => Number(/^holdfast_held_body_bytes (\d+)$/m.exec(await gateway.metrics())?.[1])
    await expect.poll(() => upstream.seen.filter(({ target }) => target === '/watched').length).toBe(3)
    await expect.poll(taken).toBeGreaterThan(0)
    expect(await taken()).toBeLessThanOrEqual(memory / 2)
    const digest = `sha-256=:${hash('sha256', body, 'base64')}:`
    const fields = [...credentials('/held', { method: 'POST' }), 'content-digest', digest]
    expect((await gateway.call({ path: '/held', method: 'POST', fields, body })).status).toBe(200)
    for (const stream of watched) stream.destroy()
    session.destroy()
    await expect.poll(taken).toBe(0)
  })

  it('refuses nothing that the rest of the route would let pass, and lets nothing pass that it refuses', async () => {
    const accessToken = token({ claims: { scope: 'payments' } })
    const refused = await gateway.call({ path: '/rules', fields: credentials('/rules', { accessToken }) })
    expect(refused.code).toBe('SCOPE_INSUFFICIENT')
    const fields = credentials('/rules')
    expect((await gateway.call({ path: '/rules', fields })).status).toBe(200)
    expect((await gateway.call({ path: '/rules', fields })).code).toBe('DPOP_REPLAYED')
    expect(upstream.news()).toHaveLength(1)
  })

  it('about nonces gives one ahead, so that clients have it when it is enforced', async () => {
    const answer = await gateway.call({ path: '/nonces', fields: credentials('/nonces') })
    expect([answer.status, answer.all('dpop-nonce').length]).toEqual([200, 1])
    expect(refusedBy(await last('/nonces'))).toEqual(['dpop DPOP_NONCE'])
  })

  it('beside another that asks for the same signature spends it once with it', async () => {
    const fields = signedFields({ path: '/twice', parameters: { nonce: randomUUID() } })
    expect((await gateway.call({ path: '/twice', fields })).status).toBe(200)
    expect(refusedBy(await last('/twice'))).toEqual([])
  })

  it('of a policy, tells of tokens from an issuer that the policy does not name', async () => {
    const fields = credentials('/elsewhere')
    expect((await gateway.call({ path: '/elsewhere', fields })).status).toBe(200)
    expect(refusedBy(await last('/elsewhere'))).toEqual(['policies.elsewhere TOKEN_ISSUER'])
  })

  it('tells who still uses tokens that anybody could', async () => {
    const accessToken = token({ claims: { cnf: undefined } })
    const fields = ['authorization', `Bearer ${accessToken}`]
    expect((await gateway.call({ path: '/bearer', fields })).status).toBe(200)
    const line = await last('/bearer')
    expect([line['client_id'], refusedBy(line)]).toEqual(['tpp-1', ['danger_accept_bearer TOKEN_UNBOUND']])
  })
})

describe('a route that only watches', () => {
  it.each([
    ['no credentials', () => [], 'TOKEN_ABSENT', null],
    [
      'a token of too little',
      () => credentials('/whole', { accessToken: LITTLE }),
      'SCOPE_INSUFFICIENT',
      'tpp-1',
    ],
    ['a stolen token', () => credentials('/whole').slice(0, 2), 'DPOP_ABSENT', 'tpp-1'],
    ['what is no token', () => ['authorization', 'Bearer nonsense-of-some-length'], 'TOKEN_NOT_JWT', null],
  ] as const)(
    'lets %s pass as if it were public, and says what it would have refused',
    async (_, fields, code, client) => {
      expect((await gateway.call({ path: '/whole', fields: fields() })).status).toBe(200)
      const [seen] = upstream.news()
      expect(seen?.all('holdfast-client-id')).toEqual([])
      expect(seen?.all('authorization')).toEqual(fields().slice(1, 2))
      const id = seen?.all('x-fapi-interaction-id')[0]
      const line = await gateway.line((each) => each['interaction_id'] === id)
      expect([line['verdict'], refusedBy(line), line['client_id']]).toEqual([
        'admitted',
        [`* ${code}`],
        client,
      ])
    },
  )

  it('gives a nonce ahead with an answer that nobody may keep, whatever its upstream says of that', async () => {
    const answer = await gateway.call({ path: '/ahead', fields: credentials('/ahead') })
    expect(answer.all('dpop-nonce')).toHaveLength(1)
    expect(answer.all('cache-control')).toEqual(['no-store'])
  })

  it('counts a replayed proof too', async () => {
    const accessToken = token({ claims: { scope: 'payments' } })
    const fields = credentials('/whole', { accessToken })
    for (const expected of [[], ['* DPOP_REPLAYED']]) {
      expect((await gateway.call({ path: '/whole', fields })).status).toBe(200)
      expect(refusedBy(await last('/whole'))).toEqual(expected)
    }
  })

  it('lets pass what could not be judged, and says so', async () => {
    const accessToken = token({ claims: { iss: 'https://away.example' } })
    const fields = credentials('/away', { accessToken })
    expect((await gateway.call({ path: '/away', fields })).status).toBe(200)
    expect(refusedBy(await last('/away'))).toEqual(['* TOKEN_KEYS_UNAVAILABLE'])
  })

  it('neither stops nor misjudges a body that is on its way before its token could be judged', async () => {
    const body = 'x'.repeat(1_000_000)
    endpoint.say = async () => {
      await wait(300)
      return { body: { active: true, client_id: 'tpp-1', cnf: { jkt: aKey('ES256', 'client').jkt } } }
    }
    const accessToken = 'an-opaque-token-that-is-long-enough'
    const digest = `sha-256=:${hash('sha256', body, 'base64')}:`
    const fields = [...credentials('/late', { accessToken, method: 'POST' }), 'content-digest', digest]
    const head = [`POST /late HTTP/1.1`, `host: ${HOST}`, `content-length: ${body.length}`]
    for (let at = 0; at < fields.length; at += 2) head.push(`${fields[at]}: ${fields[at + 1]}`)
    const socket = await openTls(gateway.port)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 400_000)}`)
    await wait(700)
    socket.write(body.slice(400_000))
    await expect.poll(() => statusesIn(text)).toEqual([200])
    socket.destroy()
    const [seen] = upstream.news()
    expect(seen?.body.length).toBe(body.length)
    const id = seen?.all('x-fapi-interaction-id')[0]
    expect(refusedBy(await gateway.line((line) => line['interaction_id'] === id))).toEqual([])
  })

  it('still refuses what no route takes', async () => {
    expect((await gateway.call({ path: '/whole/..%2fx' })).code).toBe('PATH_AMBIGUOUS')
  })
})

it('is named at start and in the metrics, as whatever weakens a rule', async () => {
  const notices = gateway.lines().map(({ msg }) => String(msg))
  for (const path of ['policies.next.enforce', 'routes[4].enforce', 'routes[1].require.shadow.sender'])
    expect(notices.some((text) => text.startsWith(`${path}: `))).toBe(true)
  expect(await gateway.metrics()).toContain('holdfast_danger{key="routes[4].enforce"} 1')
})

it('counts exactly under load, by metric and by report', async () => {
  const session = await openHttp2(gateway.port)
  const before = shadowReport(gateway.lines().map((line) => JSON.stringify(line)))
  const count = (text: string) =>
    Number(
      /holdfast_shadow_refusals_total\{route="policy",rule="policies.next",code="SCOPE_INSUFFICIENT"[^}]*\} (\d+)/.exec(
        text,
      )?.[1] ?? 0,
    )
  const metric = count(await gateway.metrics())
  const clients = ['tpp-a', 'tpp-b', 'tpp-c']
  const calls = Array.from({ length: 300 }, (_, at) => {
    const scope = at % 4 === 0 ? 'accounts payments' : 'accounts'
    const accessToken = token({ claims: { scope, client_id: clients[at % 3], sub: clients[at % 3] } })
    return callOn(session, { path: '/policy', fields: credentials('/policy', { accessToken }) })
  })
  expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]))
  session.close()
  await gateway.line(() => {
    const after = shadowReport(gateway.lines().map((line) => JSON.stringify(line)))
    return after.requests === before.requests + 300
  })
  const { breaks } = shadowReport(gateway.lines().map((line) => JSON.stringify(line)))
  const mine = breaks.filter(({ client, code }) => clients.includes(client) && code === 'SCOPE_INSUFFICIENT')
  expect(mine.map(({ client, requests, of }) => [client, requests, of]).sort()).toEqual(
    clients.map((client) => [client, 75, 100]),
  )
  expect(count(await gateway.metrics()) - metric).toBe(225)
})
