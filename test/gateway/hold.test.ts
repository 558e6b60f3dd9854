import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { D } from '../../src/decision/denials.ts'
import type { BodyCheck, HeldBody } from '../../src/domain/held-body.ts'
import { budgetMemory, SharedBudget } from '../../src/services/held-bodies/shared-budget.ts'
import {
  call,
  callOn,
  gather,
  openHttp2,
  openTls,
  pseudoFields,
  raw,
  statusesIn,
} from '../support/wire-client.ts'
import { frame, literals, opening, sendFrames } from '../support/wire-h2.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { freePort, type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const KIB = 1024
const LIMIT = 600 * KIB

/** Every body of a protected route is held, and judged by `judge`. */
describe('a body that is held back', () => {
  const budget = new SharedBudget(budgetMemory(), 1024 * KIB)
  let judge: (body: HeldBody) => ReturnType<BodyCheck['check']> = () => undefined
  /** Milliseconds until the upstream answers. */
  let delay = 0
  let upstream: RecordingUpstream
  let gateway: InProcess
  let slow: InProcess
  let away: InProcess

  beforeAll(async () => {
    upstream = await startUpstream((_, response, body) => {
      setTimeout(() => response.end(`${body.length}`), delay)
    })
    const rule = () => ({ check: (body: HeldBody) => judge(body), algorithms: ['sha-256' as const] })
    const faults = { bodies: budget, bodyRules: [rule] }
    const config = (timeout: string) => ({
      upstreams: {
        bank: { url: `http://127.0.0.1:${upstream.port}` },
      },
      routes: [
        {
          path: '/accounts/**',
          upstream: 'bank',
          require: { issuer: 'bank' },
          limits: { held_body_size: '600KiB', held_body_timeout: timeout },
        },
      ],
    })
    gateway = await openInProcess(config('20s'), faults)
    slow = await openInProcess(config('300ms'), faults)
    away = await openInProcess(
      { ...config('20s'), upstreams: { bank: { url: `http://127.0.0.1:${await freePort()}` } } },
      faults,
    )
  })

  afterEach(async () => {
    judge = () => undefined
    await expect.poll(() => budget.taken).toBe(0)
    upstream.news()
  })

  afterAll(async () => {
    await gateway.stop()
    await slow.stop()
    await away.stop()
    await upstream.close()
  })

  const post = (body: Buffer, version: '1.1' | '2' = '1.1', port = gateway.port) =>
    call({
      port,
      version,
      method: 'POST',
      path: '/accounts',
      fields: credentials('/accounts', { method: 'POST' }),
      body,
    })

  function chunkedHead(extra = ''): string {
    const [, authorization, , dpop] = credentials('/accounts', { method: 'POST' })
    return `POST /accounts HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${authorization}\r\nDPoP: ${dpop}\r\n${extra}Transfer-Encoding: chunked\r\n\r\n`
  }

  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it.each([1, 70_000, LIMIT])('of %d octets goes on whole and unchanged', async (length) => {
      const body = Buffer.alloc(length, 'å')
      let judged: HeldBody | undefined
      judge = (held) => {
        judged = { ...held, blocks: [...held.blocks] }
        expect(upstream.news()).toEqual([])
        return undefined
      }
      expect(await post(body, version)).toMatchObject({ status: 200, body: String(length) })
      const [seen] = upstream.news()
      expect(seen?.body.equals(body)).toBe(true)
      expect(seen?.all('content-length')).toEqual([String(length)])
      expect(Buffer.concat(judged?.blocks ?? []).equals(body)).toBe(true)
    })

    it('is never seen by the upstream where it is refused', async () => {
      judge = () => D.FIELD_NAME
      expect(await post(Buffer.alloc(100_000), version)).toMatchObject({ status: 400, code: 'FIELD_NAME' })
      expect(upstream.news()).toEqual([])
    })

    it('is refused where it is announced too long', async () => {
      expect(await post(Buffer.alloc(LIMIT + 1), version)).toMatchObject({
        status: 413,
        code: 'BODY_TOO_LARGE',
      })
      expect(upstream.news()).toEqual([])
    })

    it('is refused with 503 where there is no room, and let through when there is again', async () => {
      budget.take(1000 * KIB)
      const refused = await post(Buffer.alloc(50 * KIB), version)
      expect(refused).toMatchObject({ status: 503, code: 'BODY_NO_ROOM' })
      expect(refused.all('retry-after')).toEqual(['5'])
      budget.give(1000 * KIB)
      expect(await post(Buffer.alloc(50 * KIB), version)).toMatchObject({ status: 200 })
    })

    it('is given back where the upstream fails', async () => {
      expect(await post(Buffer.alloc(50 * KIB), version, away.port)).toMatchObject({ status: 502 })
    })

    it('a request without one has an empty one', async () => {
      let length = -1
      judge = (held) => {
        length = held.length
        return undefined
      }
      const fields = credentials('/accounts')
      expect(await call({ port: gateway.port, version, path: '/accounts', fields })).toMatchObject({
        status: 200,
      })
      expect([length, upstream.news()[0]?.all('content-length')]).toEqual([0, []])
    })
  })

  it('an empty one that comes in a frame of its own is whole', async () => {
    const head = [...pseudoFields('POST', '/accounts'), ...credentials('/accounts', { method: 'POST' })]
    expect(await sendFrames(gateway.port, head, '')).toMatchObject({ status: 200, body: '0' })
  })

  it('of unknown length gets one when it goes on; a trailer is there to be judged', async () => {
    let trailers: readonly string[] = []
    judge = (held) => {
      trailers = held.trailers
      return undefined
    }
    const { text } = await raw(
      gateway.port,
      `${chunkedHead('Trailer: X-T\r\n')}3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n`,
    )
    expect(statusesIn(text)).toEqual([200])
    const [seen] = upstream.news()
    expect([seen?.body.toString(), seen?.all('content-length'), seen?.all('transfer-encoding')]).toEqual([
      'abcde',
      ['5'],
      [],
    ])
    expect(trailers).toEqual(['X-T', '1'])
  })

  it('over HTTP/2 as well', async () => {
    let trailers: readonly string[] = []
    judge = (held) => {
      trailers = held.trailers
      return undefined
    }
    const session = await openHttp2(gateway.port)
    const head = pseudoFields('POST', '/accounts')
    const stream = session.request(
      [...head, ...credentials('/accounts', { method: 'POST' })] as never,
      {
        endStream: false,
        waitForTrailers: true,
      } as never,
    )
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-t': '1' }))
    stream.end('abc')
    const [response] = await once(stream, 'response')
    expect(response[':status']).toBe(200)
    stream.resume()
    await once(stream, 'close')
    session.close()
    expect([upstream.news()[0]?.all('content-length'), trailers]).toEqual([['3'], ['x-t', '1']])
  })

  it('of unknown length is refused once it is too long, or has no room', async () => {
    const chunk = `${(100 * KIB).toString(16)}\r\n${'x'.repeat(100 * KIB)}\r\n`
    const long = await raw(gateway.port, `${chunkedHead()}${chunk.repeat(7)}0\r\n\r\n`)
    expect([statusesIn(long.text), long.text.includes('BODY_TOO_LARGE')]).toEqual([[413], true])
    budget.take(900 * KIB)
    const crowded = await raw(gateway.port, `${chunkedHead()}${chunk.repeat(3)}0\r\n\r\n`)
    expect([statusesIn(crowded.text), crowded.text.includes('BODY_NO_ROOM')]).toEqual([[503], true])
    budget.give(900 * KIB)
    expect(upstream.news()).toEqual([])
  })

  it('that is refused is not judged as well when it ends after all', async () => {
    let judged = 0
    judge = () => void judged++
    const answer = await post(Buffer.alloc(LIMIT + 1), '2')
    expect([answer.status, judged, upstream.news()]).toEqual([413, 0, []])
  })

  it('that does not arrive in time is answered 408', async () => {
    const socket = await openTls(slow.port)
    socket.write(`${chunkedHead()}1\r\nx\r\n`)
    const { text } = await gather(socket, 5_000)
    expect([statusesIn(text), text.includes('REQUEST_TIMEOUT')]).toEqual([[408], true])
  })

  it('that has arrived in time is waited for no longer, however late its answer', async () => {
    delay = 400
    const answer = await post(Buffer.alloc(9), '1.1', slow.port)
    delay = 0
    expect([answer.status, answer.body]).toEqual([200, '9'])
  })

  it.each(['1.1', '2'] as const)('over HTTP/%s is given back where the client goes away', async (version) => {
    const before = gateway.records.length
    if (version === '2') {
      const session = await openHttp2(gateway.port)
      const fields = [...credentials('/accounts', { method: 'POST' }), 'content-length', '100000']
      const head = [...pseudoFields('POST', '/accounts'), ...fields]
      const stream = session.request(head as never, { endStream: false })
      stream.on('error', () => {})
      stream.write(Buffer.alloc(1000))
      for (; budget.taken === 0; ) await wait(5)
      session.destroy()
    } else {
      const socket = await openTls(gateway.port)
      socket.write(`${chunkedHead()}1\r\nx\r\n`)
      for (; budget.taken === 0; ) await wait(5)
      socket.destroy()
    }
    await expect.poll(() => budget.taken).toBe(0)
    await expect.poll(() => gateway.records.slice(before).map(({ gone }) => gone)).toEqual([true])
    expect(upstream.news()).toEqual([])
  })

  it.each([
    ['reset without an error', [frame(0x3, 0, 1, Buffer.alloc(4))]],
    ['reset with CANCEL', [frame(0x3, 0, 1, Buffer.from([0, 0, 0, 8]))]],
    ['whole, and reset in the same breath', [frame(0x0, 1, 1), frame(0x3, 0, 1, Buffer.alloc(4))]],
    ['trailers, and a reset', [frame(0x1, 5, 1, literals(['x', 'y'])), frame(0x3, 0, 1, Buffer.alloc(4))]],
    ['a frame that breaks the connection', [frame(0x0, 0, 2, Buffer.from('x'))]],
    ['too long', Array.from({ length: 60 }, () => frame(0x0, 0, 1, Buffer.alloc(1024)))],
    ['the end of the connection', []],
  ])('is given back where its stream ends with: %s, and not judged unless whole', async (what, frames) => {
    const judged: number[] = []
    judge = ({ length }) => void judged.push(length)
    const head = pseudoFields('POST', '/accounts')
    const fields = literals([...head, ...credentials('/accounts', { method: 'POST' })])
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    socket.write(opening(frame(0x1, 4, 1, fields), frame(0x0, 0, 1, Buffer.from('x'))))
    for (; budget.taken === 0; ) await wait(5)
    const before = gateway.records.length
    socket.write(Buffer.concat(frames))
    await wait(50)
    socket.destroy()
    await expect.poll(() => [gateway.records.length, budget.taken]).toEqual([before + 1, 0])
    expect(/whole|trailers/.test(what) ? [] : judged).toEqual([])
  })

  it('is asked for once, with 100 (Continue), and not where it will be refused', async () => {
    const socket = await openTls(gateway.port)
    socket.write(chunkedHead('Expect: 100-continue\r\nConnection: close\r\n'))
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('1\r\nx\r\n0\r\n\r\n')
    expect(statusesIn((await gather(socket, 5_000)).text)).toEqual([200])
    budget.take(1024 * KIB)
    const full = await raw(
      gateway.port,
      chunkedHead('Expect: 100-continue\r\n').replace('Transfer-Encoding: chunked', 'Content-Length: 9'),
    )
    budget.give(1024 * KIB)
    expect(statusesIn(full.text)).toEqual([503])
    const session = await openHttp2(gateway.port)
    expect(await callOn(session, { path: '/nothing' })).toMatchObject({ status: 404 })
    session.close()
  })
})
