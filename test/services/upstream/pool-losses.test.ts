import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { ANSWER, ask, closeAll, servers, upstreamThat } from './upstream-that.ts'

afterEach(closeAll)

describe('connections to an upstream', () => {
  it('that the upstream closes in use fail, and are told apart from those it never answered on', async () => {
    const { upstream } = await upstreamThat((_, socket, requests) => {
      if (requests === 1) socket.write(ANSWER)
      else socket.destroy()
    })
    expect([await ask(upstream), await ask(upstream)]).toEqual(['ok', 'CLOSED, stale'])
    const never = await upstreamThat((_, socket) => socket.destroy())
    expect(await ask(never.upstream)).toMatch(/^(CLOSED|ECONNRESET)$/)
    for (const begun of ['HTTP/1.1 200', 'HTTP/1.1 103 X\r\n\r\n', ANSWER.slice(0, -1)]) {
      const half = await upstreamThat((_, socket, requests) => {
        if (requests === 1) socket.write(ANSWER)
        else socket.end(begun)
      })
      expect([await ask(half.upstream), await ask(half.upstream)]).toEqual(['ok', 'CLOSED'])
    }
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

  it('that the upstream ends before anything was sent, though they are new, fail: the next would end alike', async () => {
    const { upstream, seen } = await upstreamThat(() => {})
    servers[0]?.on('connection', (socket: Socket) => socket.end())
    expect(await ask(upstream, { method: 'POST', body: new PassThrough(), bodyLength: 9 })).toBe('CLOSED')
    expect(seen.connections).toBe(1)
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
})
