import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Upstream, type UpstreamOptions } from '../../../src/services/upstream/pools.ts'
import type { UpstreamRequest } from '../../../src/services/upstream/request-head.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const servers: Server[] = []
const upstreams: Upstream[] = []

afterEach(() => {
  for (const upstream of upstreams.splice(0)) upstream.close()
  for (const server of servers.splice(0)) server.close()
})

/** An upstream that does this with each connection and with what comes on it; `connections` counts them. */
async function upstreamThat(
  does: (text: string, socket: Socket, requests: number) => void,
  changes: Partial<UpstreamOptions> = {},
) {
  const seen = { connections: 0, text: '' }
  const server = createServer((socket) => {
    seen.connections++
    server.once('says', (text) => socket.write(text))
    let requests = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      seen.text += text
      if (/^[A-Z]+ \//.test(text)) requests++
      does(text, socket, requests)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  const upstream = new Upstream({
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, socketPath: null },
    ...{
      timeout: 2_000,
      connectTimeout: 2_000,
      connections: 1,
      ca: null,
      certificate: null,
      privateKey: null,
    },
    ...changes,
  })
  upstreams.push(upstream)
  return { upstream, seen }
}

/** The body of the answer, or the error's code. */
function ask(upstream: Upstream, changes: Partial<UpstreamRequest> = {}, anew = false): Promise<string> {
  const request = {
    method: 'GET',
    target: '/',
    fields: ['host', 'x'],
    body: null,
    bodyLength: null,
    ...changes,
  }
  return new Promise((resolve) => {
    let body = ''
    const handler = {
      onHead: () => {},
      onData: (part: Buffer) => {
        body += part
      },
      onEnd: () => resolve(body),
      onError: (error: NodeJS.ErrnoException & { wasStale?: boolean }) =>
        resolve(`${error.code ?? error.message}${error.wasStale === true ? ', stale' : ''}`),
    }
    upstream.send(request, handler, anew)
  })
}

describe('connections to an upstream', () => {
  it('are used again, one request at a time, the others wait', async () => {
    const { upstream, seen } = await upstreamThat((_, socket) => socket.write(ANSWER))
    expect(await Promise.all([ask(upstream), ask(upstream), ask(upstream)])).toEqual(['ok', 'ok', 'ok'])
    expect(seen.connections).toBe(1)
    expect(await ask(upstream, {}, true)).toBe('ok')
    expect(seen.connections).toBe(2)
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
          { method: 'POST', target: '/', fields: ['host', 'x'], body: null, bodyLength: null },
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

  it('that the upstream closes in use fail, and are told apart from those it never answered on', async () => {
    const { upstream } = await upstreamThat((_, socket, requests) => {
      if (requests === 1) socket.write(ANSWER)
      else socket.destroy()
    })
    expect([await ask(upstream), await ask(upstream)]).toEqual(['ok', 'CLOSED, stale'])
    const never = await upstreamThat((_, socket) => socket.destroy())
    expect(await ask(never.upstream)).toMatch(/^(CLOSED|ECONNRESET)$/)
    const half = await upstreamThat((_, socket, requests) => {
      if (requests === 1) socket.write(ANSWER)
      else socket.end('HTTP/1.1 200')
    })
    expect([await ask(half.upstream), await ask(half.upstream)]).toEqual(['ok', 'CLOSED'])
  })

  it.each([
    ['ends', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    [
      'is tired of (RFC 9110 §15.5.9)',
      (socket: Socket) => socket.end('HTTP/1.1 408 Late\r\nConnection: close\r\n\r\n'),
    ],
  ])('that the upstream %s before anything was sent on them cost nobody a request', async (_, ends) => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (!text.startsWith('GET')) return void (text.includes('slow body') && socket.write(ANSWER))
      socket.write(ANSWER)
      setTimeout(() => ends(socket), 30)
    })
    expect(await ask(upstream)).toBe('ok')
    const body = new PassThrough()
    const answer = ask(upstream, { method: 'POST', body, bodyLength: 9 })
    await expect.poll(() => seen.connections).toBe(2)
    body.end('slow body')
    expect(await answer).toBe('ok')
    expect(seen.text.match(/POST/g)).toHaveLength(1)
    expect(seen.connections).toBe(2)
  })

  it('that are lost under a request have sent it once', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) =>
      text.startsWith('GET') ? socket.write(ANSWER) : socket.destroy(),
    )
    expect(await ask(upstream)).toBe('ok')
    expect(await ask(upstream, { method: 'DELETE' })).toMatch(/^(CLOSED|ECONNRESET), stale$/)
    expect(await ask(upstream)).toBe('ok')
    expect(seen.text.match(/^[A-Z]+/gm)?.filter((each) => each === 'DELETE')).toHaveLength(1)
    expect(seen.connections).toBe(2)
  })

  it('that are lost when a part of the body was sent already fail', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (text.startsWith('GET')) socket.write(ANSWER)
      else socket.destroy()
    })
    expect(await ask(upstream)).toBe('ok')
    const body = new PassThrough()
    body.write('slow')
    expect(await ask(upstream, { method: 'POST', body, bodyLength: 9 })).toMatch(
      /^(CLOSED|ECONNRESET), stale$/,
    )
    expect(body.destroyed).toBe(true)
    expect(seen.connections).toBe(1)
  })

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
        { method: 'GET', target: '/', fields: ['host', 'x'], body: null, bodyLength: null },
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

  it('are closed when the last request of a retired upstream is done, and not before', async () => {
    const { upstream, seen } = await upstreamThat(
      (_, socket) => void setTimeout(() => socket.write(ANSWER), 30),
    )
    const answers = Promise.all([ask(upstream), ask(upstream)])
    await wait(10)
    let isRetired = false
    const retired = upstream.retire().then(() => {
      isRetired = true
    })
    await wait(1)
    expect(isRetired).toBe(false)
    expect(await answers).toEqual(['ok', 'ok'])
    await retired
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
    const request = { method: 'GET', target: '/slow', fields: [], body: null, bodyLength: null }
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

function* parts(length: number): Iterable<Buffer> {
  for (let left = length; left > 0; left -= 65_536) yield Buffer.alloc(65_536)
}

const MIB = 1024 * 1024

describe('requests to an upstream', () => {
  const until = (mark: string) => (text: string, socket: Socket) =>
    void (text.includes(mark) && socket.write(ANSWER))

  it('carry a body of known length, or chunks', async () => {
    const known = await upstreamThat(until('abc'))
    await ask(known.upstream, { method: 'POST', body: Readable.from([Buffer.from('abc')]), bodyLength: 3 })
    expect(known.seen.text).toBe('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc')
    const unknown = await upstreamThat(until('0\r\n\r\n'))
    await ask(unknown.upstream, {
      method: 'POST',
      body: Readable.from([Buffer.from('abc'), Buffer.from('d')]),
    })
    expect(unknown.seen.text).toBe(
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n',
    )
    const none = await upstreamThat(until('\r\n\r\n'))
    await ask(none.upstream, { method: 'PUT' })
    expect(none.seen.text).toBe('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
  })

  it('never carry more or less than they announced', async () => {
    for (const [text, length, expected] of [
      ['abcd', 3, 'longer'],
      ['ab', 3, 'shorter'],
    ] as const) {
      const { upstream, seen } = await upstreamThat(() => {})
      const body = Readable.from([Buffer.from(text)])
      expect(await ask(upstream, { method: 'POST', body, bodyLength: length })).toContain(expected)
      expect(seen.text.endsWith('abcd')).toBe(false)
    }
  })

  it('are broken off where their body is', async () => {
    const { upstream, seen } = await upstreamThat(() => {})
    const body = new PassThrough()
    const answer = ask(upstream, { method: 'POST', body })
    body.write('a')
    await wait(30)
    body.destroy(new Error('gone'))
    expect(await answer).toBe('gone')
    expect(seen.text.endsWith('0\r\n\r\n')).toBe(false)
  })

  it('are not begun where their body broke off before', async () => {
    const { upstream, seen } = await upstreamThat(() => {})
    const body = new PassThrough()
    body.on('error', () => {})
    body.destroy(new Error('gone'))
    await wait(5)
    expect([await ask(upstream, { method: 'POST', body }), seen.text]).toEqual(['gone', ''])
  })

  it.each([
    ['a method', { method: 'GET / HTTP/1.1\r\nx:' }],
    ['an empty method', { method: '' }],
    ['a target with a space', { target: '/a b' }],
    ['a target with a line end', { target: '/a\r\nx: y' }],
    ['a target beyond latin1', { target: '/\u010a' }],
    ['a name with a colon', { fields: ['a:', 'b'] }],
    ['an empty name', { fields: ['', 'b'] }],
    ['a value with a line end', { fields: ['a', 'b\nc'] }],
    ['a value with NUL', { fields: ['a', 'b\0'] }],
    ['a value whose octets would be a line end', { fields: ['a', 'b\u010ac'] }],
    ['framing of its own', { fields: ['Content-Length', '5'] }],
    ['chunks of its own', { fields: ['transfer-encoding', 'chunked'] }],
  ])('are not sent with %s that could be more than that', async (_, changes) => {
    const { upstream, seen } = await upstreamThat((_text, socket) => socket.write(ANSWER))
    expect([await ask(upstream, changes), seen.connections]).toEqual(['UNSENDABLE', 0])
  })
})
