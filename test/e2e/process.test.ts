import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCompactJwt } from '../../src/codec/compact-jws.ts'
import { version } from '../../src/runtime/version.ts'
import { ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { gather, openHttp2, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** Milliseconds that a gateway waits for what is under way, where nothing comes sooner. */
const DRAIN = 30_000

describe('the process', () => {
  let upstream: RecordingUpstream
  /** Answers what is under way. */
  let finish: (() => void)[]

  beforeEach(async () => {
    finish = []
    upstream = await startUpstream((request, response) => {
      if (request.url === '/status/slow') finish.push(() => response.end('ok'))
      else response.end('ok')
    })
  })

  afterEach(() => upstream.close())

  const config = () => ({ upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } }, routes: ROUTES })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets what is under way finish and takes nothing new',
    async (signal) => {
      const gateway = await startGateway({ ...config(), drain_timeout: `${DRAIN}ms` })
      const slow = [
        gateway.call({ path: '/status/slow' }),
        gateway.call({ path: '/status/slow', version: '2' }),
      ]
      const idle = await openTls(gateway.port)
      const idleToo = await openHttp2(gateway.port)
      await expect.poll(() => finish.length).toBe(2)
      const stopped = gateway.stop(signal)
      const ready = async () => (await fetch(`http://127.0.0.1:${gateway.admin}/readyz`)).status
      await expect.poll(ready).toBe(503)
      const refused = () => gateway.call({ path: '/status' }).then(() => 'served', String)
      await expect.poll(refused).toContain('ECONNREFUSED')
      for (const each of finish) each()
      expect((await Promise.all(slow)).map(({ status, body }) => [status, body])).toEqual([
        [200, 'ok'],
        [200, 'ok'],
      ])
      await stopped
      idle.destroy()
      idleToo.destroy()
    },
  )

  it.each(['SIGUSR1', 'SIGUSR2'] as const)(
    '%s, which other servers take for their logs, neither ends it nor opens the debugger of Node',
    async (signal) => {
      const gateway = await startGateway(config())
      gateway.child.kill(signal)
      await gateway.line(({ msg, signal: named }) => msg === 'signal that means nothing' && named === signal)
      expect((await gateway.call({ path: '/status' })).status).toBe(200)
      // Where the debugger is open, it says so on standard error, and this fails.
      await gateway.stop()
    },
  )

  it('says with the next answer of a kept connection that it is the last, so that no request crosses its end', async () => {
    const gateway = await startGateway({ ...config(), drain_timeout: `${DRAIN}ms` })
    const busy = await openTls(gateway.port)
    const ask = () => busy.write('GET /status HTTP/1.1\r\nHost: api.bank.example\r\n\r\n')
    ask()
    expect((await gather(busy, 50)).text).not.toContain('connection: close')
    const began = performance.now()
    const stopped = gateway.stop()
    await gateway.line(({ msg }) => msg === 'draining')
    const last = gather(busy, UNTIL_CLOSED)
    ask()
    const { text, closed } = await last
    expect([statusesIn(text), closed]).toEqual([[200], true])
    expect(text).toContain('connection: close\r\n')
    await stopped
    // And no longer than that.
    expect(performance.now() - began).toBeLessThan(DRAIN)
  })

  /** A gateway that is told to end, and a client that has still to begin its handshake. */
  async function drainAheadOfAHandshake() {
    const gateway = await startGateway({ ...config(), drain_timeout: `${DRAIN}ms` })
    const socket = connect(gateway.port, '127.0.0.1')
    await once(socket, 'connect')
    // What the system has not handed over yet goes with the address; connections come in turn.
    await gateway.call({ path: '/status' })
    const began = performance.now()
    const stopped = gateway.stop()
    await gateway.line(({ msg }) => msg === 'draining')
    return { socket, began, stopped }
  }

  it('serves nothing over HTTP/2 to who was still in the handshake', async () => {
    const { socket, began, stopped } = await drainAheadOfAHandshake()
    const tls = connectTls({ socket, servername: HOST, rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    await once(tls, 'secureConnect')
    const session = connectHttp2(`https://${HOST}`, { createConnection: () => tls }).on('error', () => {})
    await once(session, 'close')
    await stopped
    expect(performance.now() - began).toBeLessThan(DRAIN)
  })

  it('waits no longer for who ends a handshake late, and then asks for nothing', async () => {
    const { socket, began, stopped } = await drainAheadOfAHandshake()
    await wait(1_500)
    const tls = connectTls({ socket, servername: HOST, rejectUnauthorized: false })
    await once(tls, 'secureConnect')
    // It may meet a process that has ended.
    tls.on('error', () => {}).resume()
    await new Promise((resolve) => tls.once('close', resolve))
    await stopped
    expect(performance.now() - began).toBeLessThan(DRAIN)
  })

  it('tries itself before it has an address', async () => {
    const gateway = await startGateway(config())
    await gateway.stop()
    const said = gateway.lines().map(({ msg }) => msg)
    expect(said.indexOf('self-test passed')).toBeGreaterThanOrEqual(0)
    expect(said.indexOf('self-test passed')).toBeLessThan(said.indexOf('serving'))
    const told = gateway.lines().find(({ msg }) => msg === 'self-test passed')
    expect(told).toMatchObject({ trials: 34, algorithms: ['ES256', 'Ed25519'] })
    // How much memory what was spent takes, before anything is.
    const ledger = gateway.lines().find(({ msg }) => msg === 'ledger of used proofs')
    expect(ledger).toMatchObject({ mebibytes: expect.any(Number), proofs_a_second: expect.any(Number) })
    expect(ledger!['live_proofs']).toBeGreaterThan(0)
  })

  it('cuts what does not finish within drain_timeout', async () => {
    const gateway = await startGateway({ ...config(), drain_timeout: '300ms' })
    const socket = await openTls(gateway.port)
    socket.write('POST /status HTTP/1.1\r\nHost: api.bank.example\r\nContent-Length: 5\r\n\r\nab')
    const cut = gather(socket, UNTIL_CLOSED)
    await expect.poll(() => upstream.seen.length).toBe(1)
    await gateway.stop()
    const at = (message: string) =>
      Date.parse(gateway.lines().find(({ msg }) => msg === message)?.['time'] as string)
    // Less than the time after which a thread is ended that did not drain.
    expect(at('ended') - at('draining')).toBeLessThan(5_000)
    expect((await cut).closed).toBe(true)
    expect(gateway.lines().find(({ msg }) => msg === 'request')).toMatchObject({
      ...{ verdict: 'gone', status: 499, detail: 'cut at drain_timeout' },
    })
  })

  describe('at its admin address', () => {
    let gateway: TestGateway
    const ask = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${gateway.admin}${path}`, { method })
      return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
    }

    beforeEach(async () => {
      gateway = await startGateway(config())
    })

    afterEach(() => gateway.stop())

    it('tells whether it lives and is ready, and nothing else', async () => {
      expect(await ask('/livez')).toMatchObject({ status: 200, text: 'alive\n' })
      expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ready\n' })
      expect((await ask('/accounts')).status).toBe(404)
      expect((await ask('/readyz', 'POST')).status).toBe(405)
    })

    it('counts', async () => {
      // What has not occurred yet is there as well, or Prometheus would not see the first as a rise.
      const unasked = (await ask('/metrics')).text.split('\n')
      expect(unasked).toContain('holdfast_upstream_seconds_count{upstream="bank"} 0')
      expect(unasked).toContain('holdfast_cache_misses_total{cache="consents"} 0')
      await gateway.call({ path: '/status' })
      await gateway.call({ path: '/accounts' })
      const fields = credentials()
      await gateway.call({ path: '/accounts', fields })
      // The same token and key, and what must be refused: made up, and by a proof that was spent.
      await gateway.call({ path: '/accounts', fields })
      await gateway.call({ path: '/accounts', fields: [fields[0]!, `${fields[1]}x`, ...fields.slice(2)] })
      await gateway.raw('GET / HTTP/9\r\n\r\n')
      const { text, type } = await ask('/metrics')
      const serving = await gateway.line(({ msg }) => msg === 'serving')
      expect(type).toContain('text/plain')
      for (const line of [
        'holdfast_requests_total{route="* /status/**",verdict="admitted"} 1',
        'holdfast_requests_total{route="* /accounts/**",verdict="refused"} 3',
        'holdfast_requests_total{route="* /accounts/**",verdict="admitted"} 1',
        'holdfast_requests_total{route="none",verdict="refused"} 1',
        'holdfast_denials_total{code="TOKEN_ABSENT"} 1',
        'holdfast_denials_total{code="FRAMING_BROKEN"} 1',
        'holdfast_requests_total{route="* /accounts/**",verdict="failed"} 0',
        'holdfast_denials_total{code="LEDGER_FULL"} 0',
        'holdfast_connections_dropped_total{reason="slow_read"} 0',
        'holdfast_reloads_total{outcome="refused"} 0',
        'holdfast_decision_seconds_count 5',
        'holdfast_upstream_seconds_count{upstream="bank"} 2',
        'holdfast_cache_hits_total{cache="tokens"} 1',
        'holdfast_cache_misses_total{cache="tokens"} 1',
        'holdfast_cache_hits_total{cache="dpop_keys"} 1',
        'holdfast_cache_misses_total{cache="dpop_keys"} 1',
        'holdfast_danger{key="routes[1].danger_public"} 1',
        'holdfast_in_flight 0',
        `holdfast_info{version="${version()}",snapshot="${serving['snapshot']}"} 1`,
      ])
        expect(text.split('\n')).toContain(line)
      expect(Number(/^holdfast_ledger_fill (.+)$/m.exec(text)?.[1])).toBeGreaterThan(0)
    })
  })

  it('writes a line of JSON for each request, and no secret in any', async () => {
    const gateway = await startGateway(config())
    const fields = credentials()
    const [accessToken, proof] = [(fields[1] as string).slice(5), fields[3] as string]
    const id = '6f1c2f04-1f6e-4d4c-9f33-6c1a3a2b7f10'
    await gateway.call({
      path: '/accounts?q=hidden',
      fields: [...fields, 'x-fapi-interaction-id', id, 'cookie', 'c=hidden'],
    })
    await gateway.call({ path: `/accounts?access_token=${accessToken}`, fields: [] })
    await gateway.call({ path: '/accounts', fields: ['authorization', `Bearer ${accessToken}`] })
    await gateway.call({ path: '/accounts', fields, body: 'hidden', method: 'POST' })
    await gateway.raw(`GET / HTTP/1.1\r\nAuthorization : Bearer ${accessToken}\r\n\r\n`)
    const admitted = await gateway.line((line) => line['interaction_id'] === id)
    expect(admitted).toMatchObject({
      ...{ msg: 'request', listener: 'public', route: '* /accounts/**', method: 'GET', path: '/accounts' },
      ...{ host: 'api.bank.example', protocol: '1.1', remote: '127.0.0.1', verdict: 'admitted', status: 200 },
      ...{ code: null, client_id: 'tpp-1', subject: 'customer-7', issuer: 'bank' },
      jti: parseCompactJwt(accessToken)?.claims['jti'],
    })
    expect(admitted['jti']).toMatch(/./)
    for (const name of ['decision_us', 'upstream_us', 'total_us', 'bytes_out'])
      expect(admitted[name]).toBeGreaterThan(0)
    for (const code of ['TOKEN_IN_QUERY', 'TOKEN_SCHEME', 'DPOP_HTM', 'FRAMING_BROKEN'])
      expect(await gateway.line((line) => line['code'] === code)).toMatchObject({
        verdict: 'refused',
        cite: expect.stringMatching(/§/),
        interaction_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
    await wait(200)
    expect(gateway.lines().filter(({ msg }) => msg === 'request')).toHaveLength(5)
    const text = JSON.stringify(gateway.lines())
    for (const secret of [accessToken, proof, accessToken.split('.')[2] as string, 'hidden'])
      expect(text.includes(secret)).toBe(false)
    await gateway.stop()
  })

  it('is not brought down by connections that send rubbish, or nothing', async () => {
    const gateway = await startGateway({
      ...config(),
      listeners: [{ limits: { header_timeout: '3s', idle_timeout: '1s' } }],
    })
    const sockets = Array.from({ length: 50 }, (_, at) => {
      const socket = connect(gateway.port, '127.0.0.1')
      socket.on('error', () => {})
      if (at % 2 === 0) socket.write(Buffer.alloc(512, at))
      return socket
    })
    const idle = await openTls(gateway.port)
    expect((await gateway.call({ path: '/status' })).status).toBe(200)
    expect((await gather(idle, UNTIL_CLOSED)).closed).toBe(true)
    await expect
      .poll(() => sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length)
      .toBe(0)
    expect(
      statusesIn((await gateway.raw('GET /status HTTP/1.1\r\nHost: api.bank.example\r\n\r\n')).text),
    ).toEqual([200])
    for (const socket of sockets) socket.destroy()
    await gateway.stop()
  })
})
