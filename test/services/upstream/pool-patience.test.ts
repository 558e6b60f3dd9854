import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Pool } from '../../../src/services/upstream/pool.ts'
import type { Upstream } from '../../../src/services/upstream/upstream.ts'
import { ANSWER, ask, closeAll, servers, upstreamThat } from './upstream-that.ts'

afterEach(() => {
  vi.restoreAllMocks()
  closeAll()
})

describe('connections to an upstream', () => {
  it('are waited for only so long', async () => {
    const mute = await upstreamThat(() => {}, { timeout: 150 })
    expect(await ask(mute.upstream)).toBe('ANSWER_TIMEOUT')
    const half = await upstreamThat((_, socket) => socket.write(ANSWER.slice(0, -1)), { timeout: 150 })
    expect(await ask(half.upstream)).toBe('ANSWER_TIMEOUT')
    // A gap is no timeout while the next part comes in time, however long all of them take together.
    const gaps = await upstreamThat(
      async (_, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
        for (const part of 'whole') {
          await wait(500)
          socket.write(part)
        }
      },
      { timeout: 2_000 },
    )
    expect(await ask(gaps.upstream)).toBe('whole')
  })

  it.each([
    ['a head in small parts', (at: number) => ANSWER.slice(at, at + 1)],
    ['interim answers', () => 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])(
    'are waited for no longer because of %s: the head of the answer must be whole in time',
    async (_, part) => {
      let dripping: NodeJS.Timeout | undefined
      const { upstream } = await upstreamThat(
        (_text, socket) => {
          let at = 0
          dripping = setInterval(() => socket.write(part(at++)), 100)
        },
        { timeout: 800 },
      )
      // All of the answer would take four seconds, or never end.
      expect(await ask(upstream)).toBe('ANSWER_TIMEOUT')
      clearInterval(dripping)
    },
  )

  it('have time while it is the client that is waited for, to send or to take', async () => {
    const TIME = 1_500
    const { upstream } = await upstreamThat(
      (text, socket) => {
        if (text.includes('end')) setTimeout(() => socket.write(ANSWER), TIME / 3)
        if (!text.startsWith('GET')) return
        socket.write(ANSWER.slice(0, -1))
        setTimeout(() => socket.write('k'), 50)
      },
      { timeout: TIME },
    )
    const body = new PassThrough()
    body.write('begin')
    const sent = ask(upstream, { method: 'POST', body, bodyLength: 8 })
    await wait(2 * TIME)
    body.end('end')
    expect(await sent).toBe('ok')
    const taken = new Promise((resolve) => {
      const call = upstream.send(
        { client: 'one', method: 'GET', target: '/', fields: ['host', 'x'], body: null, bodyLength: null },
        {
          onHead: () => {
            call.pause()
            setTimeout(() => call.resume(), 2 * TIME)
          },
          onData: () => {},
          onEnd: () => resolve('whole'),
          onError: ({ code }: NodeJS.ErrnoException) => resolve(code),
        },
      )
    })
    expect(await taken).toBe('whole')
  })

  it.each([
    ['comes then', 'k', 'ok'],
    ['does not come', '', 'ANSWER_TIMEOUT'],
  ])(
    'have their time anew where an answer was held back and is taken again: the rest of it %s',
    async (_, rest, becomes) => {
      const { upstream } = await upstreamThat((_text, socket) => socket.write(ANSWER.slice(0, -1)), {
        timeout: 1_600,
      })
      const taken = taking(upstream, 2_000)
      await wait(2_500)
      servers[0]?.emit('says', rest)
      expect(await taken).toBe(becomes)
    },
  )

  it('count as idle from when an answer was first held back, however often it was taken again meanwhile', async () => {
    const length = 300_000
    const answer = `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: ${length}\r\n\r\n`
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(answer + 'x'.repeat(length)))
    expect(await taking(upstream, 400)).toHaveLength(length)
    expect(await taking(upstream, 0)).toHaveLength(length)
    expect(seen.connections).toBe(2)
  })

  it('are there for the next where the last of an answer was held back', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    for (let count = 0; count < 3; count++) expect(await taking(upstream, 60_000)).toBe('ok')
    expect(seen.connections).toBe(1)
  })

  it('count as idle from when the last answer was held back, not one before it', async () => {
    let now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const answer = ANSWER.replace('\r\n', '\r\nKeep-Alive: timeout=2\r\n')
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(answer))
    for (let count = 0; count < 4; count++) {
      const taken = taking(upstream, 60_000, () => {
        now += 400
      })
      expect([await taken, seen.connections]).toEqual(['ok', 1])
    }
  })

  it('are closed where they stay idle, before the upstream does it, and then nothing ticks until the next request', async () => {
    const [begins, ends] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')]
    const answer = ANSWER.replace('\r\n', '\r\nKeep-Alive: timeout=2\r\n')
    const closed = Promise.withResolvers<void>()
    const { upstream } = await upstreamThat(
      (_, socket) => void socket.on('close', closed.resolve).write(answer),
      { timeout: 60_000 },
    )
    expect(await ask(upstream)).toBe('ok')
    await closed.promise
    await expect.poll(() => ends.mock.calls.flat()).toContain(begins.mock.results[0]?.value)
    expect(await ask(upstream)).toBe('ok')
    expect(begins).toHaveBeenCalledTimes(2)
  })

  it('are looked at four times a second at least, however long they may take', () => {
    const minutes = { connectTimeout: 600_000, timeout: 600_000, queueTimeout: 600_000 }
    const { patience } = new Pool(() => expect.unreachable(), { connections: 1, ...minutes })
    expect(patience.ticks(1_000)).toBe(1_000 / 250 + 1)
  })

  it('are waited for no shorter than that, whenever in a tick they begin', async () => {
    const { upstream } = await upstreamThat(
      (text, socket) => text.startsWith('GET /mute') || socket.write(ANSWER),
      { timeout: 1_600 },
    )
    expect(await ask(upstream)).toBe('ok')
    await wait(150)
    const before = performance.now()
    expect(await ask(upstream, { target: '/mute' })).toBe('ANSWER_TIMEOUT')
    expect(performance.now() - before).toBeGreaterThan(1_590)
  })

  it('are kept for ten seconds, or a second less than the upstream says', () => {
    const { patience } = new Pool(() => expect.unreachable(), {
      ...{ connections: 1, connectTimeout: 1_000, timeout: 1_000, queueTimeout: 1_000 },
    })
    expect([1, 62, 63, 1_000].map(patience.ticks)).toEqual([2, 2, 3, 17])
    expect([null, 60_000, 5_000, 1_000].map(patience.idle)).toEqual([10_000, 10_000, 4_000, 0])
  })

  it('that take a long body slowly are given the time, and those that take none of it are not', async () => {
    const ofSize = (length: number) => ({
      method: 'POST',
      body: Readable.from(parts(length)),
      bodyLength: length,
    })
    let taken = 0
    const slow = await upstreamThat(
      (text, socket) => {
        taken += text.length
        socket.pause()
        setTimeout(() => socket.resume(), 5)
        if (taken > 32 * MIB) socket.write(ANSWER)
      },
      { timeout: 1_500 },
    )
    const before = performance.now()
    expect(await ask(slow.upstream, ofSize(32 * MIB))).toBe('ok')
    expect(performance.now() - before).toBeGreaterThan(1_600)
    const none = await upstreamThat((_, socket) => void socket.pause(), { timeout: 200 })
    expect(await ask(none.upstream, ofSize(16 * MIB))).toBe('ANSWER_TIMEOUT')
  })

  it('are waited for in the queue only so long', async () => {
    const { upstream, seen } = await upstreamThat(() => {}, { timeout: 60_000, connectTimeout: 1_000 })
    const first = ask(upstream)
    await expect.poll(() => seen.text).not.toBe('')
    expect(await ask(upstream)).toBe('QUEUE_TIMEOUT')
    upstream.close()
    expect(typeof (await first)).toBe('string')
    expect(await ask(upstream)).toBe('UNSENDABLE')
  })
})

/** The answer to a GET, or the error's code; after each part of it that many milliseconds pass until the next is taken. */
function taking(upstream: Upstream, pause: number, meanwhile = () => {}): Promise<string> {
  return new Promise((resolve) => {
    let body = ''
    const call = upstream.send(
      { client: 'one', method: 'GET', target: '/', fields: ['host', 'x'], body: null, bodyLength: null },
      {
        onHead: () => {},
        onData: (part) => {
          body += part
          if (pause === 0) return
          call.pause()
          meanwhile()
          setTimeout(() => call.resume(), pause).unref()
        },
        onEnd: () => resolve(body),
        onError: ({ code = '' }) => resolve(code),
      },
    )
  })
}

function* parts(length: number): Iterable<Buffer> {
  for (let left = length; left > 0; left -= 65_536) yield Buffer.alloc(65_536)
}

const MIB = 1024 * 1024
