import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { everythingExposed, exposedIn } from '../support/exposed-metrics.ts'
import { ROUTES } from '../support/gateway.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

/** Answers what is under way. */
const finish: (() => void)[] = []
const { gateway, stop } = await startWithUpstream(
  { monitoring: { bind: '127.0.0.1:0', hosts: ['holdfast.bank.svc'] }, routes: ROUTES },
  (asked, response) => {
    if (asked.url === '/status/slow') finish.push(() => response.end('ok'))
    else response.end('ok')
  },
)
afterAll(stop)
const serving = await gateway.line(({ msg }) => msg === 'serving')
const port = serving['monitoring'] as number

describe('the monitoring address', () => {
  it('tells whether the process lives and is ready, and what it counted', async () => {
    expect(await ask('/livez')).toMatchObject({ status: 200, text: 'alive\n' })
    expect(await ask('/readyz?verbose')).toMatchObject({ status: 200, text: 'ready\n' })
    await gateway.call({ path: '/status' })
    const { status, text } = await ask('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('holdfast_requests_total{route="* /status/**",verdict="admitted"} 1\n')
  })

  it('exposes what alerts and the dashboard are held to, but for what this configuration has not', async () => {
    const { text } = await ask('/metrics')
    const everything = await everythingExposed()
    const strange = [...exposedIn(text)].filter(
      ([name, labels]) => !labels.isSubsetOf(everything.get(name) ?? NONE),
    )
    // Of garbage there is a series once any was collected, here or there.
    expect(strange.map(([name]) => name).filter((name) => !name.startsWith('nodejs_gc_'))).toEqual([])
    const typed = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name as string)
    const absent = [...everything.keys()].filter(
      (name) => !typed.includes(name.replace(/_(?:bucket|sum|count)$/, '')),
    )
    expect(absent.filter((name) => !/_(?:evidence|redis)_|_revocations_failing$/.test(name))).toEqual([])
  })

  it('tells when the process began, so that a restart shows', async () => {
    const [, began] = /^process_start_time_seconds (\d+)$/m.exec((await ask('/metrics')).text) ?? []
    expect(Date.now() / 1000 - Number(began)).toBeLessThan(3600)
  })

  it.each([
    ['GET', '/keys', 404],
    ['GET', '/jwks', 404],
    ['GET', '/refusals', 404],
    ['GET', '/revocations', 404],
    ['POST', '/revocations', 405],
    ['POST', '/reload', 405],
    ['POST', '/keys/bank/refresh', 405],
    ['DELETE', '/metrics', 405],
  ])('has nothing that an operator may do: %s %s is %i', async (method, path, status) => {
    expect((await ask(path, { method })).status).toBe(status)
  })

  it('is called by its own names alone, and by no web page', async () => {
    expect((await ask('/metrics', { host: 'holdfast.bank.svc:9902' })).status).toBe(200)
    expect(await ask('/metrics', { host: 'evil.example' })).toMatchObject({
      status: 421,
      text: 'this address is not called by that name; monitoring.hosts lists those that it has\n',
    })
    expect((await ask('/metrics', { origin: 'https://evil.example' })).status).toBe(403)
  })

  it('counts anew once a second, however often it is asked', async () => {
    const first = await ask('/metrics')
    await gateway.call({ path: '/status/anew' })
    const soon = await Promise.all(Array.from({ length: 50 }, () => ask('/metrics')))
    // A second may have passed on a busy machine: then once, and not fifty times.
    expect(new Set([first, ...soon].map(({ text }) => text)).size).toBeLessThanOrEqual(2)
    const counted = async () => (await ask('/metrics')).text
    await expect.poll(counted).toContain('route="* /status/**",verdict="admitted"} 2\n')
  })

  it('lets go whoever connects and says nothing', async () => {
    const silent = connect(port, '127.0.0.1').resume()
    const closed = new Promise((resolve) => silent.once('close', resolve))
    silent.write('GET /livez HTTP/1.1\r\n')
    await closed
    expect((await ask('/livez')).status).toBe(200)
  })

  it('answers one request of a connection, however many come at once', async () => {
    const head = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const text = await said(head.repeat(2_000))
    expect(text.match(/HTTP\/1\.1 200 OK\r\n/g)).toHaveLength(1)
    expect(text).toMatch(/\r\nconnection: close\r\n[\s\S]*alive\n$/)
    expect(await said('HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      /content-length: 6\r\n[\s\S]*\r\n\r\n$/,
    )
    for (const none of [
      'SSH-2.0-x\r\n\r\n',
      'GET * HTTP/1.1\r\n\r\n',
      'x'.repeat(20_000),
      'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
    ])
      expect(await said(none)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  it('has room for a probe, however many wait', async () => {
    const waiting = Array.from({ length: 300 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    )
    await expect.poll(async () => (await ask('/livez')).status).toBe(200)
    for (let round = 0; round < 20; round++) expect((await ask('/livez')).status).toBe(200)
    for (const each of waiting) each.destroy()
  })

  it('says that it ends', async () => {
    const slow = gateway.call({ path: '/status/slow' })
    await expect.poll(() => finish.length).toBe(1)
    const stopped = gateway.stop()
    await expect.poll(() => ask('/readyz')).toMatchObject({ status: 503, text: 'not ready: it ends\n' })
    expect((await ask('/livez')).status).toBe(200)
    for (const each of finish) each()
    await Promise.all([slow, stopped])
  })

  /** What is answered to these octets, until the connection is closed. */
  function said(octets: string): Promise<string> {
    return new Promise((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1').setEncoding('utf8')
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {}).once('close', () => resolve(text))
      socket.write(octets)
    })
  }

  function ask(
    path: string,
    { method = 'GET', ...headers }: { method?: string; host?: string; origin?: string } = {},
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path, method, headers }, async (answer) => {
        let text = ''
        for await (const octets of answer.setEncoding('utf8')) text += octets
        resolve({ status: answer.statusCode ?? 0, text })
      })
      asked.once('error', reject).end()
    })
  }
})

const NONE: ReadonlySet<string> = new Set()
