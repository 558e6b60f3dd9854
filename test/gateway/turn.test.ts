import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { openTls, statusesIn } from '../support/wire-client.ts'
import { frame, literals, PREFACE } from '../support/wire-h2.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

describe('of what arrives in one turn', () => {
  let upstream: RecordingUpstream
  let listener: InProcess
  let spent = 0
  let whenSpent = () => {}

  beforeAll(async () => {
    upstream = await startUpstream()
    const spend = () => {
      spent++
      whenSpent()
      return 'first' as const
    }
    listener = await openInProcess(
      { upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } }, routes: ROUTES },
      { ledger: { spend } },
    )
  })

  afterAll(async () => {
    await listener.stop()
    await upstream.close()
  })

  it('all is served, in its order', async () => {
    const socket = await openTls(listener.port)
    const seen = textOf(socket)
    socket.write([1, 2, 3].map((at) => get(`/status/${at}`)).join(''))
    await expect.poll(() => statusesIn(seen())).toEqual([200, 200, 200])
    expect(upstream.news().map(({ target }) => target)).toEqual(['/status/1', '/status/2', '/status/3'])
    socket.destroy()
  })

  it('all is judged before any is answered, be it refused', async () => {
    const before = listener.records.length
    const socket = await openTls(listener.port)
    const seen = textOf(socket)
    whenSpent = () => expect(listener.records.length).toBe(before)
    const bound = lines(credentials('/accounts'))
    socket.write(get('/accounts') + get('/accounts', bound) + get('/nowhere') + get('/status/last'))
    await expect.poll(() => statusesIn(seen())).toEqual([401, 200, 404, 200])
    expect(spent).toBe(1)
    upstream.news()
    socket.destroy()
  })

  it('nothing is served behind an answer that is the last of its connection', async () => {
    const socket = await openTls(listener.port)
    const seen = textOf(socket)
    const refused = `POST /nowhere HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1\r\n\r\nx`
    socket.write(refused + get('/status/smuggled'))
    await expect.poll(() => statusesIn(seen())).toEqual([404])
    await wait(200)
    expect(statusesIn(seen())).toEqual([404])
    expect(upstream.news()).toEqual([])
    socket.destroy()
  })

  it('what was admitted is not sent on behind such an answer either', async () => {
    const before = listener.records.length
    const socket = await openTls(listener.port)
    const seen = textOf(socket)
    const looped = `POST /status/looped HTTP/1.1\r\nHost: ${HOST}\r\nVia: 1.1 holdfast-test\r\nContent-Length: 1\r\n\r\nx`
    socket.write(looped + get('/status/smuggled'))
    await expect.poll(() => listener.records.length).toBe(before + 2)
    expect(listener.records.slice(before).map(({ status, gone }) => [status, gone])).toEqual([
      [508, false],
      [0, true],
    ])
    expect(statusesIn(seen())).toEqual([508])
    expect(upstream.news()).toEqual([])
    socket.destroy()
  })

  it('a stream that was reset before its turn is recorded, and neither judged nor forwarded', async () => {
    const before = listener.records.length
    const spentBefore = spent
    const socket = await openTls(listener.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    const head = ['GET', 'https', '/accounts', HOST].flatMap((value, at) => [PSEUDO[at] as string, value])
    const fields = literals([...head, ...credentials('/accounts')])
    const reset = frame(0x3, 0, 1, Buffer.from([0, 0, 0, 8]))
    socket.write(Buffer.concat([PREFACE, frame(0x4, 0, 0), frame(0x1, 0x5, 1, fields), reset]))
    await expect.poll(() => listener.records.length).toBe(before + 1)
    expect(listener.records.at(-1)).toMatchObject({ gone: true, facts: null, decidedAt: null })
    expect(spent).toBe(spentBefore)
    expect(upstream.news()).toEqual([])
    socket.destroy()
  })
})

function textOf(socket: NodeJS.ReadableStream): () => string {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

function get(path: string, fields = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`
}

function lines(fields: readonly string[]): string {
  return fields.map((each, at) => (at % 2 === 0 ? `${each}: ` : `${each}\r\n`)).join('')
}

const PSEUDO = [':method', ':scheme', ':path', ':authority']
