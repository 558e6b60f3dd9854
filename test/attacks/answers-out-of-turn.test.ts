import type { Server, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { gather, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { HOST } from '../support/wire-tokens.ts'
import { listening } from '../support/wire-upstream.ts'

const CONNECT = `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n\r\n`

/** Whoever gets an answer that is not to the request that was sent gets what is another's. */
describe('an answer goes to nobody but who asked', () => {
  const servers: Server[] = []
  let gateway: TestGateway
  let does: (socket: Socket) => void = () => {}

  beforeAll(async () => {
    const port = await listening((socket) => does(socket), servers)
    gateway = await startGateway({
      upstreams: { bank: { url: `http://127.0.0.1:${port}`, timeout: '20s', max_connections: 1 } },
      routes: ROUTES,
    })
  })

  afterAll(async () => {
    await gateway.stop()
    for (const server of servers) server.close()
  })

  it('one that comes before the request was begun, because its body is held back, is nobody’s', async () => {
    does = (socket) => void setTimeout(() => socket.write(answer('another’s', 'Connection: close')), 50)
    const client = await openTls(gateway.port)
    client.write(`POST /status HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 4\r\n\r\n`)
    const { text } = await gather(client, 500)
    client.destroy()
    expect([statusesIn(text), text.includes('UPSTREAM_BROKEN'), text.includes('another')]).toEqual([
      [502],
      true,
      false,
    ])
  })

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 90\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 90\r\n\r\n'],
  ])(
    'the body that an upstream sends though there is none, to %s with %j, is not the next one’s answer',
    async (method, head) => {
      does = (socket) =>
        void socket.on('data', (text) => {
          if (!text.includes('/status/first'))
            return void setTimeout(() => socket.write(answer('own', 'Connection: close')), 100)
          setTimeout(() => socket.write(head), 300)
          setTimeout(() => socket.write(answer('poison')), 305)
        })
      const first = gateway.call({ method, path: '/status/first' })
      await wait(50)
      const others = Array.from({ length: 4 }, () => gateway.call({ path: '/status/other' }))
      await first
      expect((await Promise.all(others)).map(({ body }) => body)).toEqual(['own', 'own', 'own', 'own'])
    },
  )

  it('a CONNECT behind a request is not answered in its place', async () => {
    does = (socket) =>
      void socket.on('data', () => setTimeout(() => socket.write(answer('own', 'Connection: close')), 200))
    const { text, closed } = await gateway.raw(`${get('/status')}${CONNECT}`, { quiet: UNTIL_CLOSED })
    expect([statusesIn(text), text.includes('\r\n\r\nownHTTP/1.1 405'), closed]).toEqual([
      [200, 405],
      true,
      true,
    ])
    const alone = await gateway.raw(CONNECT)
    expect(statusesIn(alone.text)).toEqual([405])
  })
})

describe('answers that wait for their turn', () => {
  const servers: Server[] = []
  let gateway: TestGateway

  beforeAll(async () => {
    const port = await listening((socket) => {
      socket.on('data', (text) => {
        if (!text.includes('/status/long')) return
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n')
        socket.write(Buffer.alloc(50_000_000))
      })
    }, servers)
    gateway = await startGateway({
      upstreams: { bank: { url: `http://127.0.0.1:${port}`, timeout: '60s', max_connections: 8 } },
      routes: ROUTES,
    })
  })

  afterAll(async () => {
    await gateway.stop()
    for (const server of servers) server.close()
  })

  it.each([
    ['goes away', ''],
    ['sends a CONNECT behind them', CONNECT],
    ['sends what is no HTTP behind them', 'x\r\n\r\n'],
  ])('are let go when their client %s', async (_, behind) => {
    for (let left = 3; left > 0; left--) {
      const client = await openTls(gateway.port)
      client.write(get('/status/never') + get('/status/long') + get('/status/never'))
      await wait(200)
      client.write(behind)
      await wait(100)
      client.destroy()
    }
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
  })
})

function answer(body: string, ...fields: string[]): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return ['HTTP/1.1 200 OK', ...fields, length, '', body].join('\r\n')
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
}
