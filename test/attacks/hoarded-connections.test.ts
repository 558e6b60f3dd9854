import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { callOn, openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const CONNECTIONS = 4
const PART = Buffer.alloc(65_536)

let underWay = 0
const { gateway, stop } = await startWithUpstream(
  (url) => ({
    listeners: [{ limits: { idle_timeout: '60s' } }],
    upstreams: { bank: { url, max_connections: CONNECTIONS } },
    routes: ROUTES,
  }),
  undefined,
  (request, response) => {
    if (request.url === '/accounts/1') return false
    if (request.url === '/accounts/slow') {
      setTimeout(() => response.end('late'), 3_000)
      return true
    }
    underWay++
    response.once('close', () => underWay--)
    if (request.method === 'POST') request.resume()
    else endless(response)
    return true
  },
)
afterAll(stop)

/** Each request of its own is proved and admitted; together they would have all connections to the upstream, for as long as they like. */
describe('a client that hoards connections to the upstream', () => {
  afterEach(() => expect.poll(() => underWay).toBe(0))

  const greedy = token({ claims: { client_id: 'greedy' } })
  const honest = token({ claims: { client_id: 'honest' } })

  /** What it sends to have one connection, once the gateway has forwarded it. */
  async function hoard(octets: Buffer | string, protocol: string) {
    const before = underWay
    const socket = await openTls(gateway.port, { ALPNProtocols: [protocol] })
    socket.on('error', () => {})
    socket.pause().write(octets)
    await expect.poll(() => underWay).toBe(before + 1)
    return socket
  }

  async function honestAnswers(): Promise<number[]> {
    const ask = () =>
      gateway.call({ path: '/accounts/1', fields: credentials('/accounts/1', { accessToken: honest }) })
    return (await Promise.all([ask(), ask()])).map(({ status }) => status)
  }

  it.each([
    [
      'by answers that it does not read, over HTTP/1.1',
      'http/1.1',
      () => headOf('GET', credentials('/accounts', { accessToken: greedy })),
    ],
    [
      'by windows of zero, over HTTP/2',
      'h2',
      () => {
        const [, authorization, , dpop] = credentials('/accounts', { accessToken: greedy }) as string[]
        const pseudo = pseudoFields('GET', '/accounts')
        const head = literals([...pseudo, 'authorization', authorization, 'dpop', dpop] as string[])
        return opening(frame(0x1, 0x5, 1, head))
      },
    ],
    [
      'by bodies that come octet by octet',
      'http/1.1',
      () => {
        const proved = credentials('/accounts', { method: 'POST', accessToken: greedy })
        return `${headOf('POST', [...proved, 'content-length', '100000'])}x`
      },
    ],
  ])('%s, loses them to others that ask', async (_, protocol, request) => {
    const sockets: TLSSocket[] = []
    for (let count = 0; count < CONNECTIONS; count++) sockets.push(await hoard(request(), protocol))
    const drips = setInterval(() => {
      for (const socket of sockets) if (protocol !== 'h2' && socket.writable) socket.write('x')
    }, 50)
    expect(await honestAnswers()).toEqual([200, 200])
    expect(underWay).toBeLessThan(CONNECTIONS)
    const told = await gateway.line(
      ({ code, client_id: client }) => code === 'UPSTREAM_BUSY' && client === 'greedy',
    )
    expect(told['detail']).toBe('other clients waited for its connection')
    clearInterval(drips)
    for (const socket of sockets) socket.destroy()
  })

  it('by requests that take long, one after the other, is not served before others each time', async () => {
    const session = await openHttp2(gateway.port)
    let isOver = false
    const askSlowly = async () => {
      while (!isOver) {
        const fields = credentials('/accounts/slow', { accessToken: greedy })
        await callOn(session, { path: '/accounts/slow', fields }).catch(() => {})
      }
    }
    const slowly = Array.from({ length: 4 * CONNECTIONS }, askSlowly)
    await wait(1_000)
    const statuses = await Promise.all(Array.from({ length: 7 }, honestAnswers))
    isOver = true
    await Promise.all(slowly)
    session.destroy()
    expect(statuses.flat()).toEqual(Array.from({ length: 14 }, () => 200))
  })
})

function headOf(method: string, fields: readonly string[]): string {
  let head = `${method} /accounts HTTP/1.1\r\nHost: ${HOST}\r\n`
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`
  return `${head}\r\n`
}

function endless(response: ServerResponse): void {
  const push = () => {
    while (!response.destroyed && response.write(PART));
    if (!response.destroyed) response.once('drain', push)
  }
  push()
}
