import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, initialWindow, literals, opening, PREFACE, readSlowly } from '../support/wire-h2.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const HEAD = pseudoFields('GET', '/status')
const POST = pseudoFields('POST', '/status')
const HTTP2 = { ALPNProtocols: ['h2'] }
const SLOW_READ = 'holdfast_connections_dropped_total{reason="slow_read"}'
const TIMEOUT = 'holdfast_denials_total{code="REQUEST_TIMEOUT"}'

let open = 0
let came = 0
let answers: (request: IncomingMessage, response: ServerResponse) => void = endless
const { gateway, stop } = await startWithUpstream(
  (url) => ({
    listeners: [
      { limits: { idle_timeout: '1s', header_timeout: '5s' } },
      // For who is in time, however busy the machine is.
      { name: 'patient', limits: { idle_timeout: '3s' } },
    ],
    upstreams: { bank: { url, timeout: '5m' } },
    routes: ROUTES,
  }),
  undefined,
  (request, response) => {
    open++
    came++
    response.once('close', () => {
      open--
    })
    answers(request, response)
    return true
  },
)
afterAll(stop)

/** Clients that take, or give, next to nothing: each would hold a connection to the upstream for as long as it likes. */
describe('a client that keeps everybody waiting', () => {
  afterEach(async () => {
    came = 0
    await expect.poll(() => open).toBe(0)
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
  })

  /** What a counter says. */
  async function counted(series: string): Promise<number> {
    const line = (await gateway.metrics()).split('\n').find((each) => each.startsWith(`${series} `))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  async function rises(series: string, before: number): Promise<void> {
    await expect.poll(() => counted(series)).toBe(before + 1)
  }

  async function begun(): Promise<void> {
    await expect.poll(() => came).toBe(1)
  }

  it('does not read its answer, over HTTP/1.1', async () => {
    const before = await counted(SLOW_READ)
    answers = endless
    const socket = (await openTls(gateway.port)).pause()
    socket.write(`GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    await begun()
    await rises(SLOW_READ, before)
  })

  it('does not read its answer, over HTTP/1.1, and sends an octet of another request now and then', async () => {
    const before = await counted(SLOW_READ)
    answers = endless
    const socket = (await openTls(gateway.port)).pause()
    socket.write(`GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    await begun()
    const drips = setInterval(() => socket.write('G'), 200)
    await expect.poll(() => open).toBe(0)
    clearInterval(drips)
    await rises(SLOW_READ, before)
    socket.destroy()
  })

  it('does not read its answer, over HTTP/2', async () => {
    const before = await counted(SLOW_READ)
    answers = endless
    const socket = (await openTls(gateway.port, HTTP2)).pause()
    socket.write(opening(frame(0x1, 0x5, 1, literals(HEAD))))
    await begun()
    await rises(SLOW_READ, before)
  })

  it('gives no room to its answer, over HTTP/2', async () => {
    const before = await counted(SLOW_READ)
    answers = endless
    const socket = await openTls(gateway.port, HTTP2)
    socket.resume()
    socket.write(opening(frame(0x1, 0x5, 1, literals(HEAD))))
    await begun()
    await rises(SLOW_READ, before)
  })

  it('sends its head octet by octet', async () => {
    const before = await counted(TIMEOUT)
    const socket = await openTls(gateway.port)
    let text = ''
    socket.on('data', (octets) => {
      text += octets
    })
    socket.write(`GET /status HTTP/1.1\r\nHost: ${HOST}\r\nX-Slow: `)
    const drips = setInterval(() => socket.write('x'), 200)
    await once(socket, 'end')
    clearInterval(drips)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    await rises(TIMEOUT, before)
  })

  it('does not send the body that it announced, over HTTP/1.1', async () => {
    const before = await counted(TIMEOUT)
    answers = silent
    const socket = await openTls(gateway.port)
    socket.write(`POST /status HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 10\r\n\r\nx`)
    await begun()
    await rises(TIMEOUT, before)
  })

  it('does not send the body that it announced, over HTTP/2', async () => {
    const before = await counted(TIMEOUT)
    answers = silent
    const socket = await openTls(gateway.port, HTTP2)
    socket.resume()
    socket.write(opening(frame(0x1, 0x4, 1, literals(POST))))
    socket.write(frame(0x0, 0, 1, Buffer.from('x')))
    await begun()
    await rises(TIMEOUT, before)
  })

  it.each([
    ['takes nothing', endless, [frame(0x1, 0x5, 1, literals(HEAD))]],
    ['sends no more', silent, [frame(0x1, 0x4, 1, literals(POST)), frame(0x0, 0, 1, Buffer.from('x'))]],
  ] as const)('%s, and keeps its connection lively with pings', async (_, behaviour, frames) => {
    answers = behaviour
    const socket = await openTls(gateway.port, HTTP2)
    socket.resume()
    socket.write(opening(...frames))
    await begun()
    const pings = setInterval(() => socket.write(frame(0x6, 0, 0, Buffer.alloc(8))), 200)
    await expect.poll(() => open).toBe(0)
    clearInterval(pings)
    socket.destroy()
  })

  it('asks for nothing, over HTTP/2, and keeps its connection lively with pings', async () => {
    const socket = await openTls(gateway.port, HTTP2)
    socket.resume()
    socket.write(opening())
    const pings = setInterval(() => socket.write(frame(0x6, 0, 0, Buffer.alloc(8))), 200)
    const ended = once(socket, 'close').then(() => 'ended')
    expect(await Promise.race([ended, wait(10_000, 'open')])).toBe('ended')
    clearInterval(pings)
  })

  it('takes each part in its time, over HTTP/2, and is not blamed for a pause of the upstream', async () => {
    // More than the window that the client gives, and than Node takes at once.
    const part = Buffer.alloc(80_000, 'x')
    answers = (_request, response) => {
      response.write(part)
      setTimeout(() => response.end(part), 4_500)
    }
    const socket = await openTls(gateway.ports.get('patient') as number, HTTP2)
    // Less than may pass, and so long that somebody looks meanwhile.
    const read = readSlowly(socket, HEAD, 1_200)
    await expect.poll(() => read.isReset || read.taken === 2 * part.length).toBe(true)
    expect([read.isReset, read.taken]).toEqual([false, 2 * part.length])
    socket.destroy()
  })

  it.each([
    ['its last answer', 'https'],
    ['the answer to what is no request', 'http'],
  ])('does not take %s, over HTTP/2, and its connection ends', async (_, scheme) => {
    answers = endless
    const socket = await openTls(gateway.port, HTTP2)
    if (scheme === 'https') socket.pause()
    else socket.resume()
    const head = HEAD.map((each) => (each === 'https' ? scheme : each))
    const settings = scheme === 'https' ? Buffer.alloc(0) : initialWindow(0)
    socket.write(Buffer.concat([PREFACE, frame(0x4, 0, 0, settings), frame(0x1, 0x5, 1, literals(head))]))
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_connections 1\n')
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_connections 0\n')
    socket.destroy()
  })

  it.each([
    ['an answer that came whole', '/status', 200],
    ['a refusal', '/accounts', 401],
  ])(
    'gives no room to %s, over HTTP/2, and keeps its connection lively with pings',
    async (_, path, status) => {
      answers = (_request, response) => response.end('x'.repeat(1000))
      const session = await openHttp2(gateway.port)
      session.settings({ initialWindowSize: 0 })
      await once(session, 'localSettings')
      const stream = session.request({ ':path': path, ':authority': HOST, ':scheme': 'https' })
      stream.on('error', () => {})
      const [head] = (await once(stream, 'response')) as [{ ':status': number }]
      expect(head[':status']).toBe(status)
      const pings = setInterval(() => session.ping(() => {}), 200)
      const ended = new Promise((resolve) => stream.once('close', () => resolve('ended')))
      stream.resume()
      expect(await Promise.race([ended, wait(30_000, 'open')])).toBe('ended')
      clearInterval(pings)
      session.destroy()
    },
  )

  it('is not who waits for a slow upstream itself', async () => {
    answers = (request, response) => {
      request.resume()
      setTimeout(() => response.end('at last'), 4_500)
    }
    const [one, two] = await Promise.all([
      gateway.call({ path: '/status' }),
      gateway.call({ path: '/status', version: '2' }),
    ])
    expect([one.body, two.body]).toEqual(['at last', 'at last'])
  })

  it.each(['1.1', '2'] as const)(
    'is not whose body the upstream does not take for a while, over HTTP/%s',
    async (version) => {
      answers = (request, response) => {
        setTimeout(() => request.resume().on('end', () => response.end('at last')), 4_500)
      }
      const body = Buffer.alloc(9_000_000)
      const port = gateway.ports.get('patient') as number
      const answer = await gateway.call({ port, method: 'POST', path: '/status', body, version })
      expect(answer.body).toBe('at last')
    },
  )
})

function endless(_: unknown, response: ServerResponse): void {
  const part = Buffer.alloc(65_536)
  const push = () => {
    while (!response.destroyed && response.write(part));
    if (!response.destroyed) response.once('drain', push)
  }
  push()
}

function silent(request: IncomingMessage): void {
  request.resume()
}
