import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { callOn, openHttp2, openTls, pseudoFields, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const HEAD = pseudoFields('GET', '/status')
const GET = `GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

const { gateway, upstream, stop } = await startWithUpstream(
  {
    listeners: [
      { limits: { header_timeout: '2s', max_handshakes: 20 } },
      { name: 'few', limits: { max_connections: 10 } },
      { name: 'each', limits: { max_connections_per_address: 5 } },
    ],
    routes: ROUTES,
  },
  undefined,
  (request, response) => {
    if (request.url !== '/status/broken') return false
    response.writeHead(200, { 'content-length': 10 }).write('half')
    setTimeout(() => response.destroy(), 5)
    return true
  },
)
afterAll(stop)

/** What costs a server more than it costs whoever sends it. Each meets a limit, which a counter tells; others are served. */
describe('a flood', () => {
  const on = (listener: string) => gateway.ports.get(listener) as number
  async function dropped(reason: string): Promise<number> {
    const lines = new RegExp(
      `^holdfast_connections_dropped_total\\{reason="(?:${reason})"[^}]*\\} ([0-9]+)$`,
      'gm',
    )
    const counts = [...(await gateway.metrics()).matchAll(lines)].map(([, count]) => Number(count))
    return counts.reduce((sum, each) => sum + each, 0)
  }
  async function rises(reason: string, before: number): Promise<void> {
    await expect.poll(() => dropped(reason)).toBeGreaterThan(before)
  }
  const isServed = async () => expect((await gateway.call({ path: '/status' })).status).toBe(200)

  it('of connections that never begin with TLS keeps nobody out for longer than a handshake may take', async () => {
    const idle = await Promise.all(Array.from({ length: 60 }, () => dial(on('public'))))
    await expect.poll(() => dropped('max_handshakes')).toBeGreaterThanOrEqual(40)
    const turnedAway = () => 'turned away' as const
    await expect
      .poll(() => gateway.call({ path: '/status' }).then(({ status }) => status, turnedAway))
      .toBe(200)
    for (const socket of idle) socket.destroy()
  })

  it('of connections that begin no TLS, faster than they grow old, keeps nobody else out', async () => {
    const dialled: Promise<Socket>[] = []
    const flood = setInterval(() => {
      for (let count = 0; count < 10; count++) dialled.push(dial(on('public'), '127.0.0.9'))
    }, 20)
    await wait(1_500)
    try {
      for (let count = 0; count < 20; count++) await isServed()
    } finally {
      clearInterval(flood)
      for (const socket of await Promise.all(dialled)) socket.destroy()
    }
  })

  it('of connections is held at the number that there may be, and of one address at its own', async () => {
    for (const [listener, reason, most] of [
      ['few', 'max_connections', 10],
      ['each', 'max_connections_per_address', 5],
    ] as const) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => dial(on(listener))))
      const open = () => sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open')
      await expect.poll(open).toHaveLength(most)
      await expect.poll(() => dropped(reason)).toBe(20 - most)
      for (const socket of sockets) socket.destroy()
    }
    await isServed()
  })

  it.each([
    ['streams that are reset at once (CVE-2023-44487)', 'stream_resets', resets(8)],
    ['streams that are reset without an error', 'stream_resets', resets(0)],
    ['streams that are reset for an error that ours would have', 'stream_resets', resets(2)],
    ['HEAD that is reset without an error', 'stream_resets', resets(0, 'HEAD')],
    ['HEAD that is reset for an error that ours would have', 'stream_resets', resets(2, 'HEAD')],
    // nghttp2 counts these too, and whichever of the two limits is met first ends it.
    ['streams that it has us reset (CVE-2025-8671)', 'stream_resets|protocol_error', provoked],
    ['pings', 'control_frames', () => frame(0x6, 0, 0, Buffer.alloc(8))],
    ['settings', 'control_frames', () => frame(0x4, 0, 0)],
  ] as const)('of %s ends its connection, and that alone', async (_, reason, each) => {
    const before = await dropped(reason)
    const socket = await http2()
    const closed = once(socket, 'close')
    for (let at = 0; at < 40 && !socket.destroyed; at++) {
      const frames = Array.from({ length: 20 }, (_, index) => each(2 * (at * 20 + index) + 1))
      if (socket.writable) socket.write(Buffer.concat(frames))
      await wait(20)
    }
    await closed
    await rises(reason, before)
    await isServed()
  })

  it('is not what an upstream makes of it that breaks its answers off', async () => {
    const session = await openHttp2(gateway.port)
    for (let at = 0; at < 15; at++) {
      const calls = Array.from({ length: 20 }, () => callOn(session, { path: '/status/broken' }))
      const answers = await Promise.allSettled(calls)
      expect(answers.filter(({ status }) => status === 'fulfilled')).toEqual([])
    }
    expect((await callOn(session, { path: '/status' })).status).toBe(200)
    session.close()
  })

  it.each([
    ['frames without content', () => frame(0x0, 0, 1)],
    ['header blocks without end', () => frame(0x9, 0, 1, Buffer.alloc(8))],
    ['empty header blocks without end (CVE-2019-9518)', () => frame(0x9, 0, 1)],
  ] as const)('of %s ends its connection (nghttp2), and is counted', async (what, each) => {
    const before = await dropped('protocol_error')
    const socket = await http2()
    const closed = once(socket, 'close')
    const open = what.startsWith('frames') ? 0x4 : 0
    socket.write(frame(0x1, open, 1, literals([...HEAD.slice(0, 1), 'POST', ...HEAD.slice(2)])))
    for (let at = 0; at < 200 && !socket.destroyed; at++) {
      if (socket.writable) socket.write(Buffer.concat(Array.from({ length: 100 }, each)))
      await wait(2)
    }
    await closed
    await rises('protocol_error', before)
    await isServed()
  })

  it('of fields that are far longer than they are written is reset, stream by stream (HPACK bomb)', async () => {
    upstream.news()
    const socket = await http2()
    socket.write(Buffer.concat(Array.from({ length: 50 }, (_, at) => bomb(2 * at + 1))))
    await isServed()
    await wait(200)
    expect(upstream.news()).toHaveLength(1)
    socket.destroy()
  })

  it('of chunk extensions is refused and counted, and its connection closed', async () => {
    const refusals = async () =>
      Number(/^holdfast_denials_total\{code="FRAMING_BROKEN"\} (\d+)$/m.exec(await gateway.metrics())?.[1])
    const before = await refusals()
    const head = `POST /status HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const { text, closed } = await gateway.raw(`${head}1;${'x'.repeat(40_000)}\r\na\r\n0\r\n\r\n`, {
      quiet: UNTIL_CLOSED,
    })
    expect(closed).toBe(true)
    expect(statusesIn(text).filter((status) => status < 400)).toEqual([])
    await expect.poll(refusals).toBe(before + 1)
    await isServed()
  })

  it('of requests behind each other on one connection is answered in order, and others in between', async () => {
    const socket = await openTls(on('few'))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(GET.repeat(500))
    await isServed()
    await expect.poll(() => statusesIn(text), { timeout: 60_000 }).toHaveLength(500)
    socket.destroy()
  })

  async function http2(): Promise<TLSSocket> {
    const socket = await openTls(on('public'), { ALPNProtocols: ['h2'] })
    socket.resume().on('error', () => {})
    socket.write(opening())
    return socket
  }
})

function dial(port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => {})
  socket.resume()
  return once(socket, 'connect').then(() => socket)
}

function resets(code: number, method = 'GET'): (stream: number) => Buffer {
  const head = literals(pseudoFields(method, '/status'))
  return (stream) =>
    Buffer.concat([frame(0x1, 0x5, stream, head), frame(0x3, 0, stream, Buffer.of(0, 0, 0, code))])
}

/** RFC 7541 §6.1: one field of 3,900 octets, and 200 octets that each stand for it again. */
function bomb(stream: number): Buffer {
  const field = Buffer.concat([
    Buffer.of(0x40, 1, 0x61, 0x7f, 0x80 | ((3_900 - 127) & 0x7f), (3_900 - 127) >> 7),
    Buffer.alloc(3_900, 'x'),
  ])
  return frame(0x1, 0x5, stream, Buffer.concat([literals(HEAD), field, Buffer.alloc(200, 0xbe)]))
}

/** RFC 9113 §6.9: an increment of 0 is an error of the stream, which we must reset. */
function provoked(stream: number): Buffer {
  return Buffer.concat([frame(0x1, 0x5, stream, literals(HEAD)), frame(0x8, 0, stream, Buffer.alloc(4))])
}
