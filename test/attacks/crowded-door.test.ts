import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { openTls, statusesIn } from '../support/wire-client.ts'
import { frame, literals, PREFACE } from '../support/wire-h2.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const MOST = 8
const ELSEWHERE = '127.0.0.9'

let answerThose: (() => void)[] = []
const { gateway, stop } = await startWithUpstream(
  {
    listeners: [{ limits: { max_connections: MOST } }],
    routes: ROUTES,
  },
  undefined,
  (request, response) => {
    if (request.url !== '/status/slow') return false
    answerThose.push(() => response.end('done'))
    return true
  },
)
afterAll(stop)

/** Connections cost whoever opens them next to nothing, and may be idle for a minute. */
describe('a client that opens as many connections as there may be', () => {
  const opened: { destroy(): void }[] = []

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy()
    answerThose = []
  })

  async function open(from: string, says: Buffer | string, protocol = 'http/1.1', allowHalfOpen = false) {
    const options = { localAddress: from, ALPNProtocols: [protocol], allowHalfOpen }
    const socket = await openTls(gateway.port, options)
    opened.push(socket)
    const seen = { text: '', isOpen: true, write: (text: string) => socket.write(text) }
    socket.on('data', (octets) => {
      seen.text += octets.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      seen.isOpen = false
    })
    if (says.length > 0) socket.write(says)
    return seen
  }

  const status = () => gateway.call({ path: '/status' }).then((answer) => answer.status)
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`

  it.each([
    ['and says nothing', 'http/1.1', ''],
    ['and begins a request on each', 'http/1.1', 'GET /status HTTP/1.1\r\n'],
    ['and was served on each', 'http/1.1', get('/status')],
    ['over HTTP/2', 'h2', Buffer.concat([PREFACE, frame(0x4, 0, 0)])],
  ])('%s, keeps nobody else out', async (_, protocol, says) => {
    const kept = await open('127.0.0.1', get('/status'))
    await expect.poll(() => statusesIn(kept.text)).toEqual([200])
    const hers: Awaited<ReturnType<typeof open>>[] = []
    for (let count = 1; count < MOST; count++) hers.push(await open(ELSEWHERE, says, protocol))
    for (let count = 0; count < 3; count++) expect(await status()).toBe(200)
    // Hers is what ends, and what she opened first.
    expect([hers[0]?.isOpen, hers.at(-1)?.isOpen]).toEqual([false, true])
    // GOAWAY, RFC 9113 §6.8: no stream was taken, no error.
    if (protocol === 'h2')
      expect(hers[0]?.text).toContain(frame(0x7, 0, 0, Buffer.alloc(8)).toString('latin1'))
    kept.write(get('/status'))
    await expect.poll(() => statusesIn(kept.text)).toEqual([200, 200])
    expect(await gateway.metrics()).toMatch(
      /holdfast_connections_dropped_total\{reason="max_connections"[^}]*\} [1-9]/,
    )
  })

  it.each(['http/1.1', 'h2'])(
    'over %s, makes room for each of several that come at once',
    async (protocol) => {
      const hers: Awaited<ReturnType<typeof open>>[] = []
      for (let count = 0; count < MOST; count++) hers.push(await open(ELSEWHERE, '', protocol))
      await Promise.all([1, 2, 3, 4].map(() => open('127.0.0.1', '', protocol)))
      await expect.poll(() => hers.filter(({ isOpen }) => isOpen)).toHaveLength(MOST - 4)
    },
  )

  it('and begins no TLS on any, keeps nobody else out for longer than a handshake takes', async () => {
    for (let count = 0; count < MOST; count++) {
      const socket = connect({ port: gateway.port, host: '127.0.0.1', localAddress: ELSEWHERE })
      opened.push(socket.on('error', () => {}))
      await once(socket, 'connect')
    }
    await expect.poll(() => status().catch(() => 0), { interval: 200 }).toBe(200)
  })

  it('and takes nothing of an answer over HTTP/2 on each, keeps nobody else out', async () => {
    // SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 §6.5.2): 0.
    const none = frame(0x4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]))
    const head = literals([':method', 'GET', ':path', '/none', ':scheme', 'https', ':authority', HOST])
    const says = Buffer.concat([PREFACE, none, frame(0x1, 0x5, 1, head)])
    for (let count = 0; count < MOST; count++) {
      const hers = await open(ELSEWHERE, says, 'h2')
      await expect.poll(() => hers.text.length).toBeGreaterThan(100)
    }
    await expect.poll(() => status().catch(() => 0), { interval: 200 }).toBe(200)
  })

  it('and says over HTTP/2 that it ends each, and does not, keeps nobody else out', async () => {
    const goodbye = Buffer.concat([PREFACE, frame(0x4, 0, 0), frame(0x7, 0, 0, Buffer.alloc(8))])
    for (let count = 0; count < MOST; count++) {
      const hers = await open(ELSEWHERE, goodbye, 'h2', true)
      await expect.poll(() => hers.text.length).toBeGreaterThan(0)
    }
    // One at a time there is room for; two at once took the place of one that was ended and stayed.
    for (let count = 0; count < MOST; count++)
      expect(await Promise.all([status(), status()])).toEqual([200, 200])
  })

  it('and takes nothing of what it is answered over HTTP/1.1 on each, keeps nobody else out for long', async () => {
    for (let count = 0; count < MOST; count++) {
      const socket = await openTls(gateway.port, { localAddress: ELSEWHERE })
      opened.push(socket.on('error', () => {}))
      socket.pause()
      // More answers than the system takes for it.
      socket.write(get('/none').repeat(10_000))
    }
    await expect(gateway.call({ path: '/status' })).rejects.toThrow()
    await expect.poll(() => status().catch(() => 0), { interval: 200 }).toBe(200)
  })

  it('from where others come from, too, has its own end when more come, as all that wait', async () => {
    const hers = await open('127.0.0.1', '')
    for (let count = 1; count < MOST; count++) await open('127.0.0.1', '')
    expect(await status()).toBe(200)
    expect(hers.isOpen).toBe(false)
  })

  it('and has a request under way on each is served, and no more are taken', async () => {
    const all: Awaited<ReturnType<typeof open>>[] = []
    for (let count = 0; count < MOST; count++) all.push(await open(ELSEWHERE, get('/status/slow')))
    await expect.poll(() => answerThose.length).toBe(MOST)
    await expect(gateway.call({ path: '/status' })).rejects.toThrow()
    for (const answer of answerThose) answer()
    await expect.poll(() => all.map(({ text }) => statusesIn(text))).toEqual(all.map(() => [200]))
    expect(await status()).toBe(200)
  })
})
