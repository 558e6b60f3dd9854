import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { aKey, published, type SigningKey } from '../support/keys.ts'
import { type Answer, openHttp2, openTls } from '../support/wire-client.ts'
import { json, type TestIssuer, testIssuer } from '../support/wire-issuer.ts'
import { credentials, HOST, ORIGIN, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const [FIRST, SECOND] = [aKey('ES256', 'first of the issuer'), aKey('ES256', 'second of the issuer')]

describe("an issuer's keys", () => {
  let upstream: RecordingUpstream

  beforeAll(async () => {
    upstream = await startUpstream()
  })

  afterAll(() => upstream.close())

  function start(...issuers: readonly TestIssuer[]): Promise<TestGateway> {
    return startWith({}, ...issuers)
  }

  function startWith(changes: object, ...issuers: readonly TestIssuer[]): Promise<TestGateway> {
    return startGateway({
      issuers: Object.fromEntries(
        issuers.map(({ issuer, ca }, at) => [`bank${at === 0 ? '' : at}`, { issuer, ca, audience: ORIGIN }]),
      ),
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: ROUTES,
      ...changes,
    })
  }

  function send(
    gateway: TestGateway,
    { issuer }: TestIssuer,
    key: SigningKey = FIRST,
    header: object = {},
  ): Promise<Answer> {
    const accessToken = token({ key, claims: { iss: issuer }, header: { ...header } })
    return gateway.call({
      path: '/accounts',
      fields: credentials('/accounts', { accessToken }),
      version: '2',
    })
  }

  it('are found by discovery, and a flood of made-up names fetches them a handful of times', async () => {
    const issuer = await testIssuer(FIRST)
    await issuer.up()
    const gateway = await start(issuer)
    expect((await send(gateway, issuer)).status).toBe(200)
    const before = fetches(issuer)
    const began = performance.now()
    const codes = new Set<string>()
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          send(gateway, issuer, FIRST, { kid: `made-up-${round}-${at}` }),
        ),
      )
      for (const { status, code } of answers) codes.add(`${status} ${code}`)
    }
    expect([...codes]).toEqual(['401 TOKEN_KEY_UNKNOWN'])
    // Six at once, and one more every ten seconds.
    expect(fetches(issuer) - before).toBeLessThanOrEqual(7 + (performance.now() - began) / 10_000)
    expect((await send(gateway, issuer)).status).toBe(200)
    const metrics = await gateway.metrics()
    expect(metrics).toMatch(/holdfast_jwks_fetches_total\{issuer="bank",outcome="ok"\} [1-9]/)
    expect(metrics).toContain('holdfast_jwks_fetches_total{issuer="bank",outcome="failed"} 0\n')
    await gateway.stop()
    await issuer.down()
  })

  it('change: a new one counts at its first token, a withdrawn one no more', async () => {
    const issuer = await testIssuer(FIRST)
    await issuer.up()
    const gateway = await start(issuer)
    const kept = token({ key: FIRST, claims: { iss: issuer.issuer } })
    const use = () =>
      gateway.call({ path: '/accounts', fields: credentials('/accounts', { accessToken: kept }) })
    expect((await use()).status).toBe(200)
    issuer.keys = [SECOND]
    expect((await send(gateway, issuer, SECOND)).status).toBe(200)
    expect([(await use()).code, (await send(gateway, issuer)).code]).toEqual([
      'TOKEN_KEY_UNKNOWN',
      'TOKEN_KEY_UNKNOWN',
    ])
    await gateway.stop()
    await issuer.down()
  })

  it('are fetched at once where an operator says so, and every thread has them then', async () => {
    const issuer = await testIssuer(FIRST, SECOND)
    await issuer.up()
    const gateway = await startWith({ threads: 2 }, issuer)
    const kept = token({ key: FIRST, claims: { iss: issuer.issuer } })
    const use = () =>
      gateway.call({ path: '/accounts', fields: credentials('/accounts', { accessToken: kept }) })
    const codes = async () =>
      new Set((await Promise.all(Array.from({ length: 12 }, use))).map(({ code }) => code))
    expect(await codes()).toEqual(new Set([undefined]))
    issuer.keys = [SECOND]
    const refreshed = await refresh(gateway, 'bank')
    expect([refreshed.status, await refreshed.json()]).toEqual([
      200,
      expect.objectContaining({ kids: [SECOND.kid], problem: null }),
    ])
    expect(await codes()).toEqual(new Set(['TOKEN_KEY_UNKNOWN']))
    expect(await gateway.line(({ msg }) => msg === 'keys refreshed')).toMatchObject({ issuer: 'bank' })
    await issuer.down()
    const failed = await refresh(gateway, 'bank')
    expect([failed.status, await failed.json()]).toEqual([
      502,
      expect.objectContaining({ kids: [SECOND.kid], problem: expect.any(String) }),
    ])
    expect((await send(gateway, issuer, SECOND)).status).toBe(200)
    expect((await refresh(gateway, 'other')).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${gateway.admin}/keys/bank/refresh`)).status).toBe(405)
    await gateway.stop()
  })

  it('that are denied verify nothing, whether by name or by thumbprint, and while they are published', async () => {
    const issuers = [await testIssuer(FIRST, SECOND), await testIssuer(FIRST, SECOND)] as const
    for (const issuer of issuers) await issuer.up()
    const [byName, byThumbprint] = issuers
    const entry = ({ issuer, ca }: TestIssuer, denied: string) => ({
      issuer,
      ca,
      audience: ORIGIN,
      denied_keys: [denied],
    })
    const gateway = await startWith({
      issuers: { bank: entry(byName, FIRST.kid), other: entry(byThumbprint, FIRST.jkt) },
      routes: [{ path: '/accounts/**', upstream: 'bank', require: { issuer: ['bank', 'other'] } }],
    })
    for (const issuer of issuers) {
      expect((await send(gateway, issuer, FIRST)).code).toBe('TOKEN_KEY_UNKNOWN')
      expect((await send(gateway, issuer, SECOND)).status).toBe(200)
    }
    await gateway.stop()
    for (const issuer of issuers) await issuer.down()
  })

  it('of one name are told of once', async () => {
    const issuer = await testIssuer(FIRST, { ...SECOND, kid: FIRST.kid })
    await issuer.up()
    const gateway = await start(issuer)
    await refresh(gateway, 'bank')
    await refresh(gateway, 'bank')
    await gateway.line(({ msg }) => msg === 'keys refreshed')
    const told = gateway.lines().filter(({ msg }) => msg === 'key set names several keys alike')
    expect(told).toEqual([expect.objectContaining({ issuer: 'bank', kids: FIRST.kid })])
    await gateway.stop()
    await issuer.down()
  })

  it('may be away at the start: 503 and no challenge, and 200 soon after they are there', async () => {
    const issuer = await testIssuer(FIRST)
    const gateway = await start(issuer)
    expect((await fetch(`http://127.0.0.1:${gateway.admin}/readyz`)).status).toBe(200)
    const answer = await send(gateway, issuer)
    expect([answer.status, answer.code]).toEqual([503, 'TOKEN_KEYS_UNAVAILABLE'])
    expect([answer.all('retry-after'), answer.all('www-authenticate')]).toEqual([['5'], []])
    const flood = await Promise.all(
      Array.from({ length: 30 }, (_, at) => send(gateway, issuer, FIRST, { kid: `${at}` })),
    )
    expect(new Set(flood.map(({ code }) => code))).toEqual(new Set(['TOKEN_KEYS_UNAVAILABLE']))
    await issuer.up()
    await expect.poll(async () => (await send(gateway, issuer)).status, { interval: 200 }).toBe(200)
    await gateway.stop()
    await issuer.down()
  })

  it('outlive an outage; names made up in it cannot be judged, and cost nobody else', async () => {
    const issuer = await testIssuer(FIRST)
    await issuer.up()
    const gateway = await start(issuer)
    expect((await send(gateway, issuer)).status).toBe(200)
    await issuer.down()
    const flood = await Promise.all(
      Array.from({ length: 40 }, (_, at) => send(gateway, issuer, FIRST, { kid: `${at}` })),
    )
    expect(new Set(flood.map(({ code }) => code))).toEqual(new Set(['TOKEN_KEYS_UNAVAILABLE']))
    expect((await send(gateway, issuer)).status).toBe(200)
    await gateway.stop()
  })

  it('come too late for a client that went away meanwhile: nothing is forwarded for it', async () => {
    const issuer = await testIssuer(FIRST)
    const release = Promise.withResolvers<void>()
    issuer.odd = (request, response) =>
      request.url === '/keys' && !!release.promise.then(() => json(response, published(...issuer.keys)))
    await issuer.up()
    const gateway = await start(issuer)
    upstream.news()
    const accessToken = token({ key: FIRST, claims: { iss: issuer.issuer } })
    const [one, two] = [credentials('/accounts', { accessToken }), credentials('/accounts', { accessToken })]
    const socket = await openTls(gateway.port)
    socket.write(
      `GET /accounts HTTP/1.1\r\nHost: ${HOST}\r\n${one[0]}: ${one[1]}\r\n${one[2]}: ${one[3]}\r\n\r\n`,
    )
    const session = await openHttp2(gateway.port)
    const head = [':method', 'GET', ':path', '/accounts', ':scheme', 'https', ':authority', HOST]
    const stream = session.request([...head, ...two] as never)
    stream.on('error', () => {})
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 2\n')
    socket.destroy()
    stream.close(8)
    await wait(150)
    release.resolve()
    for (const version of ['1.1', '2'])
      await gateway.line((line) => line['verdict'] === 'gone' && line['protocol'] === version)
    expect(upstream.news()).toEqual([])
    expect(await gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
    session.close()
    await gateway.stop()
    await issuer.down()
  })

  describe('are not taken', () => {
    const cases: readonly (readonly [string, NonNullable<TestIssuer['odd']>, RegExp])[] = [
      [
        'from metadata of another issuer',
        (request, response) =>
          isMetadata(request.url, () => json(response, { issuer: 'https://evil.example' })),
        /does not name/,
      ],
      [
        'from where a redirect leads',
        (request, response) =>
          request.url === '/keys' && !!response.writeHead(302, { location: '/elsewhere' }).end(),
        /answered 302/,
      ],
      [
        'from more than 256 KiB',
        (request, response) =>
          request.url === '/keys' && !!response.end(`{"keys":[],"x":"${'x'.repeat(262_144)}"}`),
        /size|exceed/i,
      ],
      [
        'from what is no JSON',
        (request, response) => request.url === '/keys' && !!response.end('<html>'),
        /\/keys answered with what is no JSON$/,
      ],
      [
        'from what no thread can be handed, beside good keys',
        (request, response) => request.url === '/keys' && !!response.end(nested(published(FIRST))),
        /\/keys answered with JSON that nests too deep$/,
      ],
      [
        'from an answer that is no success',
        (request, response) => request.url === '/keys' && !!response.writeHead(500).end(),
        /answered 500/,
      ],
    ]

    it('from any of these, and why is written down', async () => {
      const issuers = await Promise.all(cases.map(() => testIssuer(FIRST)))
      for (const [at, issuer] of issuers.entries()) {
        issuer.odd = cases[at]?.[1] ?? null
        await issuer.up()
      }
      const gateway = await startGateway({
        issuers: Object.fromEntries(
          issuers.map(({ issuer, ca }, at) => [`odd${at}`, { issuer, ca, audience: ORIGIN }]),
        ),
        upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
        routes: [
          { path: '/accounts', upstream: 'bank', require: { issuer: issuers.map((_, at) => `odd${at}`) } },
        ],
      })
      for (const [at, [what, , reason]] of cases.entries()) {
        const issuer = issuers[at] as TestIssuer
        const answer = await send(gateway, issuer)
        expect([what, answer.code]).toEqual([what, 'TOKEN_KEYS_UNAVAILABLE'])
        const line = await gateway.line((each) => each['issuer'] === `odd${at}` && each['level'] === 'warn')
        expect([what, line['problem']]).toEqual([what, expect.stringMatching(reason)])
        expect(issuer.asked).not.toContain('/elsewhere')
      }
      // A reload tells the threads all keys again.
      expect((await fetch(`http://127.0.0.1:${gateway.admin}/reload`, { method: 'POST' })).status).toBe(200)
      await gateway.stop()
      await Promise.all(issuers.map((issuer) => issuer.down()))
    })
  })
})

function refresh(gateway: TestGateway, issuer: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.admin}/keys/${issuer}/refresh`, { method: 'POST' })
}

function fetches({ asked }: TestIssuer): number {
  return asked.filter((path) => path === '/keys').length
}

/** With one member more, of lists in lists. */
function nested(document: object): string {
  return `${JSON.stringify(document).slice(0, -1)},"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
}

function isMetadata(path: string | undefined, answer: () => void): boolean {
  if (!path?.includes('.well-known')) return false
  answer()
  return true
}
