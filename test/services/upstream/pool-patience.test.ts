import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWER, ask, closeAll, upstreamThat } from './upstream-that.ts'

afterEach(closeAll)

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
        if (text.includes('end')) socket.write(ANSWER)
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

function* parts(length: number): Iterable<Buffer> {
  for (let left = length; left > 0; left -= 65_536) yield Buffer.alloc(65_536)
}

const MIB = 1024 * 1024
