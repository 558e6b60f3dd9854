import type { Server, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { warningsOf } from '../support/warnings.ts'
import { call, callOn, openHttp2, openTls } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { HOST } from '../support/wire-tokens.ts'
import { listening } from '../support/wire-upstream.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('a request whose connection the upstream closes as it takes it', () => {
  const servers: Server[] = []
  let gateway: InProcess
  /** Requests that came, each with the number of those before it on its connection. */
  let seen: string[] = []
  /** What becomes of a request that is not the first of its connection, and of one to `/lost` always. */
  let ends = (socket: Socket) => void socket.destroy()

  /** Two connections that the upstream will close at their next request. */
  beforeEach(async () => {
    const warm: Socket[] = []
    const port = await listening((socket) => {
      let requests = 0
      socket.on('data', (octets) => {
        const [, request, path] = /^([A-Z]+ (\S+)) HTTP/.exec(octets.toString('latin1')) ?? []
        if (request === undefined) return
        seen.push(`${request} ${requests}`)
        if (requests++ > 0 || path === '/lost') return ends(socket)
        if (path === '/mute') return void socket.once('close', () => seen.push('closed'))
        if (path !== '/warm') return void socket.write(ANSWER)
        warm.push(socket)
        if (warm.length === 2) for (const each of warm) each.write(ANSWER)
      })
    }, servers)
    gateway = await openInProcess({
      upstreams: { bank: { url: `http://127.0.0.1:${port}` } },
      routes: [{ path: '/**', upstream: 'bank', danger_public: true }],
    })
    const answers = await Promise.all([ask('GET', '/warm'), ask('GET', '/warm')])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    seen = []
    ends = (socket) => void socket.destroy()
  })

  afterEach(async () => {
    await gateway.stop()
    for (const server of servers.splice(0)) server.close()
  })

  const ask = (method: string, path: string, body = '') =>
    call({ port: gateway.port, method, path, ...(body === '' ? {} : { body }) })

  it.each(['GET', 'HEAD'])(
    'is sent once more where it is safe, on a connection that is new: %s',
    async (method) => {
      expect((await ask(method, '/again')).status).toBe(200)
      expect(seen).toEqual([`${method} /again 1`, `${method} /again 0`])
    },
  )

  it('and no third time', async () => {
    const answer = await ask('GET', '/lost')
    expect([answer.status, answer.code]).toEqual([502, 'UPSTREAM_BROKEN'])
    expect(seen).toEqual(['GET /lost 1', 'GET /lost 0'])
  })

  it('and is given up with its client, there too', async () => {
    const client = await openTls(gateway.port)
    client.write(`GET /mute HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    await expect.poll(() => seen).toEqual(['GET /mute 1', 'GET /mute 0'])
    client.destroy()
    await expect.poll(() => seen.at(-1), { timeout: 5_000 }).toBe('closed')
  })

  it.each([
    ['is not safe', 'POST', ''],
    ['is not safe, though it may be repeated', 'DELETE', ''],
    ['has a body', 'GET', 'body'],
  ])('is sent once where it %s', async (_, method, body) => {
    const answer = await ask(method, '/once', body)
    expect([answer.status, answer.code]).toEqual([502, 'UPSTREAM_BROKEN'])
    expect(seen).toEqual([`${method} /once 1`])
  })

  it.each(['HTTP/1.1 20', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'])(
    'is sent once where an answer has begun: %j',
    async (begun) => {
      ends = (socket) => void socket.end(begun)
      // What has gone out of an answer breaks off with it.
      await ask('GET', '/once').catch(() => {})
      await expect.poll(() => gateway.records.at(-1)?.refused?.code).toBe('UPSTREAM_BROKEN')
      expect(seen).toEqual(['GET /once 1'])
    },
  )
})

it('a request that was sent once more is not sent again, where its second connection was closed to it as well', async () => {
  const servers: Server[] = []
  const seen: (string | undefined)[] = []
  let first: Socket | undefined
  const port = await listening((socket) => {
    let requests = 0
    socket.on('data', (octets) => {
      seen.push(octets.toString('latin1').split(' ')[1])
      if (requests++ === 0) socket.write(ANSWER)
      else if (first === undefined) first = socket
      else socket.destroy()
    })
  }, servers)
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${port}`, max_connections: 1 } },
    routes: [{ path: '/**', upstream: 'bank', danger_public: true }],
  })
  const ask = async (path: string) => (await call({ port: gateway.port, path })).status
  await ask('/warm')
  const lost = ask('/lost')
  await expect.poll(() => first).toBeDefined()
  // It has the next connection first, and leaves it to the one that was lost.
  const other = ask('/other')
  await expect.poll(() => gateway.inFlight()).toBe(2)
  await wait(50)
  first?.destroy()
  expect([await lost, await other]).toEqual([502, 200])
  expect(seen).toEqual(['/warm', '/lost', '/other', '/lost'])
  await gateway.stop()
  for (const server of servers) server.close()
})

it('an answer that cannot be passed on is not waited for: its connection is closed, and free for others', async () => {
  const servers: Server[] = []
  const closed = Promise.withResolvers<void>()
  const port = await listening((socket) => {
    socket.on('data', (octets) => {
      if (!octets.includes('/odd')) return void socket.write(ANSWER)
      socket.write('HTTP/1.1 999 Odd\r\nTransfer-Encoding: chunked\r\n\r\n')
      const drip = setInterval(() => socket.write('2\r\nok\r\n'), 20)
      socket.once('close', () => {
        clearInterval(drip)
        closed.resolve()
      })
    })
  }, servers)
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${port}`, max_connections: 1 } },
    routes: [{ path: '/**', upstream: 'bank', danger_public: true }],
  })
  const [odd, next] = await Promise.all(['/odd', '/'].map((path) => call({ port: gateway.port, path })))
  expect([odd?.status, odd?.code, next?.status]).toEqual([502, 'UPSTREAM_BROKEN', 200])
  await closed.promise
  await gateway.stop()
  for (const server of servers) server.close()
})

it('an answer that is taken slowly leaves one listener on its stream, however often it waits', async () => {
  const length = 4 * 1024 * 1024
  const servers: Server[] = []
  const port = await listening((socket) => {
    socket.on('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`)
      socket.write(Buffer.alloc(length))
    })
  }, servers)
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${port}` } },
    routes: [{ path: '/**', upstream: 'bank', danger_public: true }],
  })
  const warnings = await warningsOf(async () => {
    const { body } = await call({ port: gateway.port, path: '/', version: '2' })
    expect(body.length).toBe(length)
  })
  expect(warnings).toEqual([])
  await gateway.stop()
  for (const server of servers) server.close()
})

it('one more than may wait for a connection is told so at once', async () => {
  const servers: Server[] = []
  const port = await listening((socket) => void socket.resume(), servers)
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${port}`, max_connections: 1 } },
    routes: [{ path: '/**', upstream: 'bank', danger_public: true }],
  })
  const session = await openHttp2(gateway.port)
  // A quarter of the sixteen that may wait are one client's, behind the one under way.
  const waiting = Array.from({ length: 5 }, () => callOn(session, { path: '/' }).catch(() => {}))
  await expect.poll(() => gateway.inFlight()).toBe(5)
  const answer = await callOn(session, { path: '/' })
  expect([answer.status, answer.code]).toEqual([503, 'UPSTREAM_BUSY'])
  expect(gateway.records.map(({ detail }) => detail)).toEqual(['the queue is full'])
  session.destroy()
  await Promise.all(waiting)
  await gateway.stop()
  for (const server of servers) server.close()
})
