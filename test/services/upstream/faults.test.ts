import type { Server, Socket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { faultOf, lostToReuse, UpstreamError } from '../../../src/services/upstream/faults.ts'
import { Upstream } from '../../../src/services/upstream/upstream.ts'
import { freePort, listening } from '../../support/wire-upstream.ts'

const servers: Server[] = []

afterAll(() => {
  for (const server of servers) server.close()
})

/** The fault of a request to such a place, and what the operator is told of it. */
async function fault(url: string): Promise<[string, string]> {
  const limits = { timeout: 60_000, connectTimeout: 2_000, connections: 1 }
  const tls = { socketPath: null, ca: null, certificate: null, privateKey: null }
  const upstream = new Upstream({ url, ...limits, ...tls })
  const error = await new Promise<Error>((resolve) =>
    upstream.send(
      { client: 'one', method: 'POST', target: '/', fields: ['host', 'x'], body: null, bodyLength: null },
      { onHead: () => {}, onData: () => {}, onEnd: () => {}, onError: resolve },
    ),
  )
  upstream.close()
  return [faultOf(error).code, error.message]
}

describe('a request that met no connection had no effect, and its client is not told to look for any', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['speaks no TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['leaves the handshake where it is', () => {}],
    ['ends the handshake', (socket) => socket.once('data', () => socket.end())],
    ['resets the handshake', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  ])('where the upstream %s', async (_, does) => {
    const port = await listening(does, servers)
    expect(await fault(`https://127.0.0.1:${port}`)).toEqual([
      'UPSTREAM_UNREACHABLE',
      expect.stringMatching(/./),
    ])
  })

  it('where nobody is', async () => {
    const port = await freePort()
    expect(await fault(`http://127.0.0.1:${port}`)).toEqual([
      'UPSTREAM_UNREACHABLE',
      `connect ECONNREFUSED 127.0.0.1:${port}`,
    ])
  })
})

it('of a connection that stood, nobody knows whether the request took effect', async () => {
  const port = await listening((socket) => socket.once('data', () => socket.resetAndDestroy()), servers)
  expect((await fault(`http://127.0.0.1:${port}`))[0]).toBe('UPSTREAM_BROKEN')
})

it.each([
  ['QUEUE_TIMEOUT', 'UPSTREAM_BUSY'],
  ['LEFT_WAITING', 'UPSTREAM_BUSY'],
  ['ANSWER_TIMEOUT', 'UPSTREAM_TIMEOUT'],
  ['ETIMEDOUT', 'UPSTREAM_TIMEOUT'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'UPSTREAM_UNREACHABLE'],
  ['ANSWER_MALFORMED', 'UPSTREAM_BROKEN'],
  ['ECONNRESET', 'UPSTREAM_BROKEN'],
])('%s on a connection that stood is %s', (code, fault) => {
  expect(faultOf(new UpstreamError(code, 'why')).code).toBe(fault)
})

it.each([
  ['CLOSED', true, true],
  ['ECONNRESET', true, true],
  ['EPIPE', true, true],
  ['CLOSED', false, false],
  ['ANSWER_MALFORMED', true, false],
  ['ETIMEDOUT', true, false],
])('%s on a connection that had answered before: %s; may be sent once more: %s', (code, wasStale, isLost) => {
  expect(lostToReuse(new UpstreamError(code, 'why', wasStale))).toBe(isLost)
  expect(lostToReuse(Object.assign(new Error('why'), { code, wasStale }))).toBe(false)
})
