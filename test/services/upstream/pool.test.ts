import type { Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWER, ask, closeAll, SILENT, servers, upstreamThat } from './upstream-that.ts'

/** An answer as long as is read at a time, so that what lies behind it is still to be read. */
const FULL = filling(65_536)

afterEach(closeAll)

describe('connections to an upstream', () => {
  it('are used again, one request at a time, the others wait', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    expect(await Promise.all([ask(upstream), ask(upstream), ask(upstream)])).toEqual(['ok', 'ok', 'ok'])
    expect(seen.connections).toBe(1)
    expect(await ask(upstream, {}, true)).toBe('ok')
    expect(seen.connections).toBe(2)
    // The one that was idle made room for it.
    const open = promisify(servers[0]!.getConnections.bind(servers[0]))
    await expect.poll(() => open()).toBe(1)
  })

  it('are used again the last one first, so that the others may be closed', async () => {
    const on = new Map<string, Socket>()
    const { upstream } = await upstreamThat(
      (text, socket) => {
        const [, path = ''] = text.split(' ', 2)
        on.set(path, socket)
        if (path !== '/slow') socket.write(ANSWER)
      },
      { connections: 2 },
    )
    const slow = ask(upstream, { target: '/slow' })
    await ask(upstream, { target: '/fast' })
    await expect.poll(() => on.has('/slow')).toBe(true)
    on.get('/slow')!.write(ANSWER)
    await slow
    await ask(upstream, { target: '/next' })
    expect(on.get('/next')).toBe(on.get('/slow'))
  })

  it('are cut at the end, and nobody waits for one any longer', async () => {
    const { upstream, seen } = await upstreamThat(() => {})
    const answers = [ask(upstream), ask(upstream)]
    await expect.poll(() => seen.text).not.toBe('')
    upstream.close()
    expect(await Promise.all(answers)).toEqual(['CLOSED', 'CLOSED'])
    expect(await ask(upstream)).toBe('UNSENDABLE')
  })

  it.each([
    [
      'that the upstream said it closes',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['of HTTP/1.0', ANSWER.replace('1.1', '1.0')],
    ['with more on them than the answer', `${ANSWER}${ANSWER}`],
    ['that are kept for less than a second', ANSWER.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=1\r\n\r\n')],
  ])('%s are not', async (_, answer) => {
    const { upstream, seen } = await upstreamThat((_text, socket) => socket.write(answer))
    expect([await ask(upstream), await ask(upstream), seen.connections]).toEqual(['ok', 'ok', 2])
    // Nor at once, by who has waited for it.
    expect(await Promise.all([ask(upstream), ask(upstream)])).toEqual(['ok', 'ok'])
    expect(seen.connections).toBe(4)
  })

  it('are used again where nothing lies behind an answer as long as is read at a time', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(FULL))
    const answers = [await ask(upstream), await ask(upstream), await ask(upstream)]
    expect([new Set(answers).size, seen.connections]).toEqual([1, 1])
  })

  it('are read on for the next, where the last part of an answer was held back', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    await new Promise<void>((resolve) => {
      const request = { client: 'one', method: 'GET', target: '/', fields: ['host', 'x'], body: null }
      const handler = { ...SILENT, onData: () => call.pause(), onEnd: resolve }
      const call = upstream.send({ ...request, bodyLength: null }, handler)
    })
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 1])
  })

  it('are not where they were idle for too long, also by a process that had no time to look at its clock', async () => {
    const kept = ANSWER.replace('\r\n', '\r\nKeep-Alive: timeout=2\r\n')
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(kept))
    expect([await ask(upstream), await ask(upstream), seen.connections]).toEqual(['ok', 'ok', 1])
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_300)
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 2])
  })

  it('are not where the answer was taken so slowly that the upstream may have waited for the next all the while', async () => {
    const parts = ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\no', 'k']
    const { upstream, seen } = await upstreamThat((_, socket) => {
      socket.write(parts[0]!)
      setTimeout(() => socket.write(parts[1]!), 20)
    })
    const take = (pausedFor: number) =>
      new Promise<string>((resolve) => {
        let body = ''
        const call = upstream.send(
          { client: 'one', method: 'POST', target: '/', fields: ['host', 'x'], body: null, bodyLength: null },
          {
            onHead: () => {},
            onData: (part: Buffer) => {
              body += part
              if (body !== 'o') return
              call.pause()
              setTimeout(() => call.resume(), pausedFor)
            },
            onEnd: () => resolve(body),
            onError: ({ message }) => resolve(message),
          },
        )
      })
    expect(await take(100)).toBe('ok')
    expect(await take(1_200)).toBe('ok')
    expect(seen.connections).toBe(1)
    expect(await take(100)).toBe('ok')
    expect(seen.connections).toBe(2)
  })

  it('are not where an answer comes unasked, and nobody gets it', async () => {
    const closed = Promise.withResolvers<void>()
    const { upstream, seen } = await upstreamThat((_, socket, requests) => {
      socket.write(ANSWER)
      socket.once('close', () => closed.resolve())
      if (requests === 1) setTimeout(() => socket.write(ANSWER.replace('ok', 'no')), 20)
    })
    expect(await ask(upstream)).toBe('ok')
    await closed.promise
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 2])
  })

  it('are not where more than the answer came in one go, and those who wait get nothing of it', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (text.startsWith('GET /long ')) socket.write(FULL + ANSWER)
      else socket.write(ANSWER.replace('ok', text.slice(5, 7)))
    })
    const targets = ['/long', '/aa', '/bb', '/cc']
    const [long, ...others] = await Promise.all(targets.map((target) => ask(upstream, { target })))
    expect([long?.at(-1), others, seen.connections]).toEqual(['x', ['aa', 'bb', 'cc'], 2])
  })

  it('are not where the process was held up just then, and whoever waits gets another', async () => {
    const kept = FULL
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(kept))
    const heldUp = () =>
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_300))
    const first = { ...SILENT, onEnd: heldUp }
    upstream.send(
      { client: 'one', method: 'GET', target: '/', fields: [], body: null, bodyLength: null },
      first,
    )
    expect([(await ask(upstream)).at(-1), seen.connections]).toEqual(['x', 2])
  })

  it('are not where an answer comes before anything of the request was sent, and it is nobody’s', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    const first = ask(upstream, { method: 'POST', body: new PassThrough(), bodyLength: 10 })
    for (; seen.connections === 0; ) await wait(5)
    servers[0]?.emit('says', ANSWER)
    expect([await first, seen.text]).toEqual(['ANSWER_MALFORMED', ''])
  })

  it('are not where the answer came before the request was whole', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    const body = new PassThrough()
    body.write('a')
    expect(await ask(upstream, { method: 'POST', body, bodyLength: 10 })).toBe('ok')
    expect(body.destroyed).toBe(true)
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 2])
  })

  it('nor where it began before that, though it ended after: what is left of the body may be read as another request', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (text.endsWith('a')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
      else socket.write(text.endsWith('b') ? 'ok' : ANSWER)
    })
    const body = new PassThrough()
    body.write('a')
    const answer = ask(upstream, { method: 'POST', body, bodyLength: 2 })
    await wait(100)
    body.end('b')
    expect(await answer).toBe('ok')
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 2])
  })

  it('are read to the end where the upstream answers a request that is not whole, and closes', async () => {
    const body = new PassThrough()
    const { upstream } = await upstreamThat((_, socket) => {
      socket.write(ANSWER)
      socket.resetAndDestroy()
      // What follows cannot be written any more, and before anybody has looked what came.
      body.write('b')
    })
    body.write('a')
    expect(await ask(upstream, { method: 'POST', body, bodyLength: 10 })).toBe('ok')
  })

  it.each([null, 'a body'])('are not read where nothing of a request could be sent: %s', async (text) => {
    const { upstream } = await upstreamThat((_, socket) => {
      socket.write(ANSWER)
      servers[0]?.once('ends', () => {
        socket.write('HTTP/1.1 408 Late\r\nContent-Length: 4\r\n\r\nlate')
        socket.resetAndDestroy()
      })
    })
    expect(await ask(upstream)).toBe('ok')
    const body = text === null ? {} : { method: 'POST', body: Readable.from([text]), bodyLength: text.length }
    servers[0]?.emit('ends')
    expect(await ask(upstream, body)).toMatch(/^(EPIPE|ECONNRESET), stale$/)
  })

  it('are closed when the last request of a retired upstream is done, and not before', async () => {
    const { upstream, seen } = await upstreamThat(
      (_, socket) => void setTimeout(() => socket.write(ANSWER), 30),
    )
    const answers = Promise.all([ask(upstream), ask(upstream)])
    await expect.poll(() => seen.open).toBe(1)
    upstream.retire()
    expect(await answers).toEqual(['ok', 'ok'])
    expect(seen.connections).toBe(1)
    await expect.poll(() => seen.open, SOONER_THAN_IDLE).toBe(0)
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 2])
  })

  it('are closed at once where they are idle and their upstream is retired', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    await ask(upstream)
    expect(seen.open).toBe(1)
    upstream.retire()
    await expect.poll(() => seen.open, SOONER_THAN_IDLE).toBe(0)
  })

  it('a call that is given up as the whole of its answer comes leaves the next a connection that is open', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    const given = Promise.withResolvers<void>()
    const call = upstream.send(
      { client: 'one', method: 'GET', target: '/', fields: [], body: null, bodyLength: null },
      {
        ...SILENT,
        onHead: () => {
          call.abort()
          given.resolve()
        },
      },
    )
    await given.promise
    expect([await ask(upstream), seen.connections]).toEqual(['ok', 2])
  })

  it('a call that is given up frees its place, and nothing of its answer reaches the next', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (text.startsWith('GET /slow')) setTimeout(() => socket.write(ANSWER.replace('ok', 'no')), 30)
      else socket.write(ANSWER)
    })
    const told: string[] = []
    const handler = { onHead: () => told.push('head'), onData: () => told.push('data') }
    const ends = { onEnd: () => told.push('end'), onError: () => told.push('error') }
    const request = {
      client: 'one',
      method: 'GET',
      target: '/slow',
      fields: [],
      body: null,
      bodyLength: null,
    }
    const under = upstream.send(request, { ...handler, ...ends } as never)
    const queued = upstream.send(request, { ...handler, ...ends } as never)
    const next = ask(upstream)
    await wait(10)
    queued.abort()
    under.abort()
    expect(await next).toBe('ok')
    await wait(50)
    expect([told, seen.connections]).toEqual([[], 2])
  })
})

/** An answer of so many octets in all, on a connection that is kept for a second. */
function filling(octets: number): string {
  const head = 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 00000\r\n\r\n'
  const length = octets - head.length
  return head.replace('00000', `${length}`.padStart(5, '0')) + 'x'.repeat(length)
}

/** Half the time after which an idle connection is closed anyway. */
const SOONER_THAN_IDLE = { timeout: 5_000 }
