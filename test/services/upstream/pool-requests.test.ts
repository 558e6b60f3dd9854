import type { Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { warningsOf } from '../../support/warnings.ts'
import { ANSWER, ask, closeAll, SILENT, upstreamThat } from './upstream-that.ts'

afterEach(closeAll)

describe('requests to an upstream', () => {
  const until = (mark: string) => (text: string, socket: Socket) =>
    void (text.includes(mark) && socket.write(ANSWER))

  it('carry a body of known length, or chunks', async () => {
    const known = await upstreamThat(until('abc'))
    await ask(known.upstream, { method: 'POST', body: Readable.from([Buffer.from('abc')]), bodyLength: 3 })
    expect(known.seen.text).toBe('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc')
    const unknown = await upstreamThat(until('0\r\n\r\n'))
    // Of a part without octets there is no chunk: it would be the last.
    await ask(unknown.upstream, {
      method: 'POST',
      body: Readable.from([Buffer.from('abc'), Buffer.alloc(0), Buffer.from('d')]),
    })
    expect(unknown.seen.text).toBe(
      'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n',
    )
    for (const method of ['POST', 'PUT', 'PATCH']) {
      const none = await upstreamThat(until('\r\n\r\n'))
      await ask(none.upstream, { method })
      expect(none.seen.text).toBe(`${method} / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`)
    }
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
    for (const [why, told] of [
      [new Error('gone'), 'gone'],
      [undefined, 'the body broke off'],
    ] as const) {
      const { upstream, seen } = await upstreamThat(() => {})
      const body = new PassThrough()
      const answer = ask(upstream, { method: 'POST', body })
      body.write('a')
      await wait(30)
      body.destroy(why)
      expect(await answer).toBe(told)
      expect(seen.text.endsWith('0\r\n\r\n')).toBe(false)
    }
  })

  it('lose nothing of a body that comes while another connection is made for it', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (!text.startsWith('GET')) return void (text.includes('slow body') && socket.write(ANSWER))
      socket.write(ANSWER)
      setTimeout(() => socket.end(), 30)
    })
    expect(await ask(upstream)).toBe('ok')
    const body = new PassThrough()
    const answer = ask(upstream, { method: 'POST', body, bodyLength: 9 })
    // Until the first connection is lost, and not a turn longer: the second would be there.
    while (body.listenerCount('data') > 0) await nextTurn()
    body.end('slow body')
    expect([await answer, seen.connections]).toEqual(['ok', 2])
  })

  it('leave nothing on the connection that carries the next', async () => {
    const { upstream, seen } = await upstreamThat(until('abc'))
    const warnings = await warningsOf(async () => {
      // One more than listeners of an event that Node takes for no leak.
      for (let count = 0; count < 12; count++)
        expect(await ask(upstream, { method: 'POST', body: Readable.from(['abc']), bodyLength: 3 })).toBe(
          'ok',
        )
      await wait(10)
    })
    expect([seen.connections, warnings]).toEqual([1, []])
  })

  it('are sent in the order in which they came, also where one before them is given up', async () => {
    const { upstream, seen } = await upstreamThat((text, socket) => {
      if (!text.startsWith('GET /never')) socket.write(ANSWER)
    })
    const first = upstream.send(
      { client: 'one', method: 'GET', target: '/never', fields: [], body: null, bodyLength: null },
      SILENT,
    )
    await expect.poll(() => seen.text).not.toBe('')
    const others = ['/a', '/b', '/c'].map((target) => ask(upstream, { target }))
    first.abort()
    expect(await Promise.all(others)).toEqual(['ok', 'ok', 'ok'])
    expect(seen.text.match(/\/[a-z]+ /g)).toEqual(['/never ', '/a ', '/b ', '/c '])
  })

  it('that are given up, or fail, leave no body behind', async () => {
    const { upstream, seen } = await upstreamThat(() => {}, { connectTimeout: 200 })
    const bodies = Array.from({ length: 4 }, () => new PassThrough())
    const [underWay, waiting, late, unsent] = bodies as [PassThrough, PassThrough, PassThrough, PassThrough]
    const request = { client: 'one', method: 'POST', target: '/', fields: [], bodyLength: null }
    const first = upstream.send({ ...request, body: underWay }, SILENT)
    expect(await ask(upstream, { method: 'POST', target: '/ ', body: unsent })).toBe('UNSENDABLE')
    underWay.write('a')
    await expect.poll(() => seen.text).not.toBe('')
    expect(await ask(upstream, { method: 'POST', body: late })).toBe('QUEUE_TIMEOUT')
    upstream.send({ ...request, body: waiting }, SILENT).abort()
    first.abort()
    expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true])
  })

  it('that are over have no say in how the next is taken', async () => {
    const { upstream } = await upstreamThat((_, socket) => {
      socket.write(ANSWER.slice(0, -1))
      setTimeout(() => socket.write('k'), 50)
    })
    const get = { client: 'one', method: 'GET', target: '/', fields: [], body: null, bodyLength: null }
    const whole = Promise.withResolvers<void>()
    const handler = { ...SILENT, onEnd: whole.resolve, onError: whole.reject }
    const over = upstream.send(get, handler)
    await whole.promise
    const next = ask(upstream)
    over.pause()
    expect(await next).toBe('ok')
    let taken = ''
    const onData = (part: Buffer) => {
      taken += part
      heldBack.pause()
    }
    const heldBack = upstream.send(get, { ...handler, onData })
    await expect.poll(() => taken).toBe('o')
    over.resume()
    await wait(200)
    expect(taken).toBe('o')
  })

  it('are not begun where their body broke off before', async () => {
    const { upstream, seen } = await upstreamThat(() => {})
    const body = new PassThrough()
    body.on('error', () => {})
    body.destroy(new Error('gone'))
    await wait(5)
    expect([await ask(upstream, { method: 'POST', body }), seen.text]).toEqual(['gone', ''])
    const silent = new PassThrough().destroy()
    expect([await ask(upstream, { method: 'POST', body: silent }), seen.text]).toEqual([
      'the body broke off',
      '',
    ])
  })

  it.each(['onHead', 'onData', 'onEnd'] as const)(
    'are told of a fault of ours in what is done with their answer, in %s',
    async (where) => {
      const { upstream } = await upstreamThat((_, socket) => socket.write(ANSWER))
      const told = await new Promise((resolve) => {
        const handler = { ...SILENT, onError: resolve }
        handler[where] = () => {
          throw new Error('a fault of ours')
        }
        upstream.send(
          { client: 'one', method: 'GET', target: '/', fields: [], body: null, bodyLength: null },
          handler,
        )
      })
      expect(told).toEqual(new Error('a fault of ours'))
      expect(await ask(upstream)).toBe('ok')
    },
  )

  it.each([
    ['a method', { method: 'GET / HTTP/1.1\r\nx:' }],
    ['an empty method', { method: '' }],
    ['an empty target', { target: '' }],
    ['a target with DEL', { target: '/\x7f' }],
    ['a target with a space', { target: '/a b' }],
    ['a target with a line end', { target: '/a\r\nx: y' }],
    ['a target beyond latin1', { target: '/\u010a' }],
    ['a name with a colon', { fields: ['a:', 'b'] }],
    ['an empty name', { fields: ['', 'b'] }],
    ['a value with a line end', { fields: ['a', 'b\nc'] }],
    ['a value with NUL', { fields: ['a', 'b\0'] }],
    ['a value whose octets would be a line end', { fields: ['a', 'b\u010ac'] }],
    ['framing of its own', { fields: ['Content-Length', '5'] }],
    ['a word on its connection', { fields: ['CONNECTION', 'close'] }],
    ['a switch of protocols', { fields: ['upgrade', 'x'] }],
    ['chunks of its own', { fields: ['transfer-encoding', 'chunked'] }],
  ])('are not sent with %s that could be more than that', async (_, changes) => {
    const { upstream, seen } = await upstreamThat((_text, socket) => socket.write(ANSWER))
    expect([await ask(upstream, changes), seen.connections]).toEqual(['UNSENDABLE', 0])
  })
})
