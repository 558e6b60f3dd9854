import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES, startGateway } from '../support/gateway.ts'
import { openTls, pseudoFields, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const POST = `POST /status HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\n\r\n`

/** Requests that the upstream took for whole. */
let answered = 0
const { gateway, upstream, stop } = await startWithUpstream(
  (url) => ({
    listeners: [{ limits: { idle_timeout: '1s' } }],
    upstreams: {
      bank: { url, max_connections: 4, connect_timeout: '5s' },
    },
    routes: ROUTES,
  }),
  (_, response) => {
    answered++
    response.end('{}')
  },
)
afterAll(stop)

/** Connections that keep to the letter of HTTP and mean harm. */
describe('a client that', () => {
  it('breaks off a body while its request waits for a connection does not end the process', async () => {
    const holders = await Promise.all(Array.from({ length: 4 }, () => openTls(gateway.port)))
    for (const socket of holders) socket.resume().write(`${POST}a`)
    await wait(100)
    const waiting = await openTls(gateway.port)
    waiting.resume().write(`${POST}a`)
    await wait(100)
    waiting.destroy()
    await wait(200)
    expect(gateway.child.exitCode).toBe(null)
    for (const socket of holders) socket.destroy()
    await wait(100)
    expect((await gateway.call({ path: '/status' })).status).toBe(200)
  })

  it('trickles bodies cannot keep the connections to the upstream from everybody else', async () => {
    const holders = await Promise.all(Array.from({ length: 4 }, () => openTls(gateway.port)))
    const long = POST.replace('5', '100000')
    for (const socket of holders) socket.resume().write(long)
    const drips = setInterval(() => {
      for (const socket of holders) if (socket.writable) socket.write('a')
    }, 200)
    await wait(300)
    const early = await gateway.call({ path: '/status' })
    expect([200, 503]).toContain(early.status)
    if (early.status === 503) expect(early.code).toBe('UPSTREAM_BUSY')
    await wait(1_500)
    expect((await gateway.call({ path: '/status' })).status).toBe(200)
    clearInterval(drips)
    for (const socket of holders) socket.destroy()
    expect(await gateway.line(({ code }) => code === 'REQUEST_TIMEOUT')).toMatchObject({ status: 408 })
  })

  it('asks for an upgrade goes on as before, and what it sends behind is read as it is framed', async () => {
    upstream.news()
    const smuggled = `GET /status/smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
    const upgrade = `GET /status/1 HTTP/1.1\r\nHost: ${HOST}\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`
    const behind = `POST /status/2 HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${smuggled.length}\r\n\r\n`
    const socket = await openTls(gateway.port)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(upgrade + behind)
    await expect.poll(() => statusesIn(text)).toEqual([200])
    socket.write(smuggled)
    await expect.poll(() => statusesIn(text)).toEqual([200, 200])
    expect(upstream.news().map(({ target }) => target)).toEqual(['/status/1', '/status/2'])
    socket.destroy()
  })

  it('resets its stream without an error has not sent a whole body', async () => {
    upstream.news()
    const came = upstream.seen.length
    const head = literals([
      ...pseudoFields('POST', '/accounts'),
      ...credentials('/accounts', { method: 'POST' }),
    ])
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    socket.write(opening(frame(1, 4, 1, head), frame(0, 0, 1, Buffer.from('amount=1'))))
    await expect.poll(() => upstream.seen.length).toBe(came + 1)
    const before = answered
    upstream.news()
    socket.write(frame(3, 0, 1, Buffer.alloc(4)))
    await wait(300)
    socket.destroy()
    expect(answered).toBe(before)
    expect(
      await gateway.line(({ path, verdict }) => path === '/accounts' && verdict === 'gone'),
    ).toBeDefined()
  })

  it('sends more behind an answer that was the last is not served', async () => {
    upstream.news()
    const first = `GET /status/1 HTTP/1.1\r\nHost: ${HOST}\r\nExpect: 100-continue\r\n\r\n`
    const socket = await openTls(gateway.port)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(`${first}GET /status/2 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    const answers = () => statusesIn(text).filter((status) => status !== 100).length
    await expect.poll(answers).toBeGreaterThan(0)
    await wait(300)
    const served = upstream.news().length
    await expect.poll(answers).toBe(served)
    socket.destroy()
  })

  it('lets an OPTIONS request go no further is answered here (RFC 9110 §7.6.2)', async () => {
    upstream.news()
    const ask = (...hops: string[]) =>
      gateway.call({
        method: 'OPTIONS',
        path: '/status',
        fields: hops.flatMap((each) => ['max-forwards', each]),
      })
    const last = await ask('0')
    expect([last.status, last.all('allow')[0]?.includes('GET'), upstream.news()]).toEqual([204, true, []])
    for (const [hops, left] of [
      ['3', '2'],
      ['9'.repeat(400), '999999999'],
    ] as const) {
      expect((await ask(hops)).status).toBe(200)
      expect(upstream.news()[0]?.all('max-forwards')).toEqual([left])
    }
    for (const noNumber of [['x'], ['-1'], ['1.5'], [''], ['5', '0']]) {
      expect((await ask(...noNumber)).status).toBe(200)
      expect(upstream.news().map((seen) => seen.all('max-forwards'))).toEqual([[]])
    }
  })

  it('asks for CONNECT is told that there is none', async () => {
    const { text } = await gateway.raw(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    expect(statusesIn(text)).toEqual([405])
    expect(text).toContain('METHOD_UNKNOWN')
  })

  it('names a foreign host is answered 421 on a connection that closes', async () => {
    const { text, closed } = await gateway.raw('GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', {
      quiet: UNTIL_CLOSED,
    })
    expect([statusesIn(text), closed]).toEqual([[421], true])
  })
})

it('two gateways that lead to each other stop a request that goes in a circle', async () => {
  const pki = await pkiFolder()
  const [one, two] = [await freePort(), await freePort()]
  const pair = await Promise.all(
    [
      [one, two],
      [two, one],
    ].map(([own, other]) =>
      startGateway({
        listeners: [
          { bind: `127.0.0.1:${own}`, public_origin: [`https://${HOST}`, `https://localhost:${own}`] },
        ],
        upstreams: { bank: { url: `https://localhost:${other}`, ca: `${pki}/server-ca.pem` } },
        routes: [{ path: '/**', upstream: 'bank', danger_public: true }],
      }),
    ),
  )
  const answer = await pair[0]!.call({ path: '/round', fields: ['via', '1.1 before'] })
  expect([answer.status, answer.code]).toEqual([508, 'UPSTREAM_LOOP'])
  for (const gateway of pair) await gateway.stop()
})
