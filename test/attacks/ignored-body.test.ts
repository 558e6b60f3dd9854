import type { Server, Socket } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { ROUTES, startGateway } from '../support/gateway.ts'
import { listening } from '../support/wire-upstream.ts'

const heads: string[] = []
const servers: Server[] = []
const port = await listening(readHeadsAlone, servers)
const gateway = await startGateway({
  upstreams: { bank: { url: `http://127.0.0.1:${port}`, max_connections: 1 } },
  routes: ROUTES,
})
afterAll(async () => {
  await gateway.stop()
  for (const server of servers) server.close()
})

/**
 * Servers of old expect no body of some methods, nor of those that they do not know, and take one for the next request on the connection:
 * one that no gateway has judged.
 */
it.each(
  ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'SEARCH'].flatMap((method) =>
    (['1.1', '2'] as const).map((version) => [method, version] as const),
  ),
)('a body of %s over HTTP/%s is no request to an upstream that does not read it', async (method, version) => {
  heads.length = 0
  const body = 'GET /accounts HTTP/1.1\r\nHost: api.bank.example\r\nHoldfast-Client-Id: another\r\n\r\n'
  expect((await gateway.call({ path: '/status?first', method, version, body })).status).toBe(200)
  expect((await gateway.call({ path: '/status?next' })).body).toBe('/status?next')
  expect(heads.map((head) => head.split(' HTTP/1.1\r\n')[0])).toEqual([
    `${method} /status?first`,
    'GET /status?next',
  ])
})

/** Tells of each request its target. */
function readHeadsAlone(socket: Socket): void {
  let text = ''
  let isOver = false
  socket.on('data', (octets) => {
    text += octets.toString('latin1')
    for (let end = text.indexOf(END); end >= 0 && !isOver; end = text.indexOf(END)) {
      const head = text.slice(0, end)
      text = text.slice(end + END.length)
      heads.push(head)
      const [method, target = ''] = head.split(' ')
      isOver = /\r\nconnection: close\r\n/i.test(`${head}\r\n`)
      const said = method === 'HEAD' ? '' : target
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${said}`)
      if (isOver) socket.end()
    }
  })
}

const END = '\r\n\r\n'
