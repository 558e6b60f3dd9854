import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../../support/gateway.ts'
import { gather, openTls, statusesIn, UNTIL_CLOSED } from '../../support/wire-client.ts'
import { HOST } from '../../support/wire-tokens.ts'
import { startWithUpstream } from '../../support/with-upstream.ts'

const MUCH = 4_000_000

let began = 0
let answers: ((request: IncomingMessage, response: ServerResponse) => void) | null = null
const { gateway, stop } = await startWithUpstream(
  {
    listeners: [{ limits: { idle_timeout: '3s', header_timeout: '2s', body_size: '8MiB' } }],
    routes: ROUTES,
  },
  undefined,
  (request, response) => {
    began++
    answers?.(request, response)
    return answers !== null
  },
)
afterAll(stop)

describe('a connection of HTTP/1.1', () => {
  afterEach(async () => {
    answers = null
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
  })

  /** A client of HTTP/1.0 with a request under way, which does not end its side by itself; whether TLS told it of an end. */
  async function plainClient() {
    const socket = await openTls(gateway.port, { allowHalfOpen: true } as ConnectionOptions)
    let isWhole = false
    socket.on('end', () => {
      isWhole = true
      socket.end()
    })
    const told = gather(socket, UNTIL_CLOSED)
    socket.write(request('GET').replace('1.1', '1.0'))
    return { socket, told, isWhole: () => isWhole }
  }

  it('takes a head and a body octet by octet', async () => {
    const socket = await openTls(gateway.port)
    const told = gather(socket, 50, 2)
    for (const octet of `${request('POST', 'Content-Length: 3')}abc${request('GET')}`) {
      socket.write(octet)
      await new Promise(setImmediate)
    }
    expect(statusesIn((await told).text)).toEqual([200, 200])
    socket.destroy()
  })

  it('gives an answer of unknown length in chunks, or to HTTP/1.0 until its end', async () => {
    answers = (_, response) => {
      response.write('one, ')
      setTimeout(() => response.end('two'), 20)
    }
    const chunked = await gateway.raw(request('GET'))
    expect(chunked.text).toMatch(
      /\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n5\r\none, \r\n3\r\ntwo\r\n0\r\n\r\n$/,
    )
    const plain = await gateway.raw(request('GET').replace('1.1', '1.0'), { quiet: UNTIL_CLOSED })
    expect([plain.text.includes('chunked'), plain.text.endsWith('\r\n\r\none, two'), plain.closed]).toEqual([
      false,
      true,
      true,
    ])
  })

  it('does not end an answer to HTTP/1.0 as if it were whole, where it breaks off', async () => {
    answers = (_, response) => {
      response.write('one, ')
      setTimeout(() => response.destroy(), 20)
    }
    const { told, isWhole } = await plainClient()
    const { text, closed } = await told
    expect([statusesIn(text), text.endsWith('one, '), closed, isWhole()]).toEqual([[200], true, true, false])
  })

  it('nor where the client ends its side while such an answer comes', async () => {
    answers = (_, response) => {
      response.write('one, ')
      setTimeout(() => response.end('two'), 200)
    }
    const { socket, told, isWhole } = await plainClient()
    socket.once('data', () => socket.end())
    const { text, closed } = await told
    expect([text.endsWith('one, '), closed, isWhole()]).toEqual([true, true, false])
  })

  it('leaves no connection open, whoever goes first where such an answer breaks off', async () => {
    answers = (_, response) => {
      response.write('x'.repeat(1 + Math.floor(Math.random() * 100_000)))
      setTimeout(() => response.destroy(), Math.random() * 20)
    }
    const open = async () => /^holdfast_connections .*$/m.exec(await gateway.metrics())?.[0]
    const before = await open()
    const visit = async (leaves: boolean) => {
      const socket = await openTls(gateway.port)
      socket.on('error', () => {})
      const told = gather(socket, UNTIL_CLOSED)
      socket.write(request('GET').replace('1.1', '1.0'))
      if (leaves) setTimeout(() => socket.destroy(), Math.random() * 20)
      await told
    }
    for (let lap = 0; lap < 20; lap++)
      await Promise.all(Array.from({ length: 20 }, (_, client) => visit(client % 4 === 0)))
    await expect.poll(open).toBe(before)
  })

  it('answers for an upstream that breaks off before the body begins', async () => {
    answers = (_, response) => {
      response.setHeader('content-length', '90').flushHeaders()
      setTimeout(() => response.destroy(), 20)
    }
    const { text } = await gateway.raw(request('GET'))
    expect([statusesIn(text), text.includes('UPSTREAM_BROKEN')]).toEqual([[502], true])
  })

  it('says what a body would be long in the answer to HEAD', async () => {
    answers = (_, response) => response.setHeader('content-length', '90').end()
    const { text } = await gateway.raw(request('HEAD', 'Connection: close'), { quiet: UNTIL_CLOSED })
    expect([statusesIn(text), text.includes('content-length: 90\r\n'), text.endsWith('\r\n\r\n')]).toEqual([
      [200],
      true,
      true,
    ])
  })

  it('reads no more requests of a client that takes no answers, and goes on when it does', async () => {
    began = 0
    answers = (_, response) => response.end(Buffer.alloc(MUCH))
    const socket = (await openTls(gateway.port)).pause()
    const count = 20
    socket.write(request('GET').repeat(count))
    await expect.poll(() => began).toBeGreaterThan(0)
    await wait(500)
    expect(began).toBeLessThan(count / 2)
    let octets = 0
    socket.on('data', (part: Buffer) => {
      octets += part.length
    })
    socket.resume()
    await expect.poll(() => octets, { timeout: 60_000 }).toBeGreaterThan(count * MUCH)
    expect(began).toBe(count)
    socket.destroy()
  })

  it('gives the last answer whole, however slowly it is taken', async () => {
    answers = (_, response) => response.end(Buffer.alloc(MUCH))
    const socket = (await openTls(gateway.port)).pause()
    socket.write(request('GET', 'Connection: close'))
    await wait(1_000)
    const closed = once(socket, 'close')
    let octets = 0
    socket.on('data', (part: Buffer) => {
      octets += part.length
    })
    socket.resume()
    await closed
    expect(octets).toBeGreaterThan(MUCH)
  })

  it.each([
    ['goes on sending', 0],
    ['has sent much of it already', 2_900_000],
  ])('gives a refusal whole to who %s, and is slow to read it', async (_, already) => {
    const socket = (await openTls(gateway.port)).pause()
    const told = gather(socket, UNTIL_CLOSED)
    socket.write(`POST /accounts HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 3000000\r\n\r\n`)
    socket.write(Buffer.alloc(already))
    const sends = setInterval(() => socket.writable && socket.write(Buffer.alloc(100)), 5)
    await wait(300)
    socket.resume()
    const { text } = await told
    clearInterval(sends)
    expect([statusesIn(text), text.includes('connection: close\r\n'), text.endsWith('}')]).toEqual([
      [401],
      true,
      true,
    ])
  })

  it('is at its end with an answer that began ahead of the end of its request', async () => {
    answers = (request, response) => {
      request.resume()
      response.end('early')
    }
    const smuggled = request('GET')
    const sent = `${request('POST', `Content-Length: ${smuggled.length + 5}`)}begun`
    const socket = await openTls(gateway.port)
    const told = gather(socket, UNTIL_CLOSED)
    socket.write(sent)
    await expect.poll(() => socket.bytesRead).toBeGreaterThan(0)
    if (socket.writable) socket.write(smuggled)
    const { text } = await told
    expect([statusesIn(text), text.includes('connection: close\r\n'), text.endsWith('early')]).toEqual([
      [200],
      true,
      true,
    ])
  })

  it('breaks an answer off that has begun, where its request turns out to be none', async () => {
    answers = (request, response) => {
      request.on('error', () => {}).resume()
      response.setHeader('content-length', '100').write('begun')
    }
    const socket = await openTls(gateway.port)
    const told = gather(socket, UNTIL_CLOSED)
    socket.write(`${request('POST', 'Transfer-Encoding: chunked')}1\r\nx\r\n`)
    await expect.poll(() => socket.bytesRead).toBeGreaterThan(0)
    socket.write('not a size\r\n')
    await wait(50)
    if (socket.writable) socket.write('nor this\r\n')
    const { text, closed } = await told
    expect([statusesIn(text), text.endsWith('begun'), closed]).toEqual([[200], true, true])
    expect(await gateway.line(({ detail }) => detail === 'the chunks are malformed')).toBeDefined()
  })

  it.each([
    ['comes', []],
    ['was begun', ['1\r\nx\r\n']],
    ['comes in the same octets', null],
  ])(
    'records a request once, under its own name, whose body turns out to be none as it %s',
    async (_, begun) => {
      const id = randomUUID()
      const head = request('POST', `x-fapi-interaction-id: ${id}`, 'Transfer-Encoding: chunked')
      const socket = await openTls(gateway.port)
      const told = gather(socket, UNTIL_CLOSED)
      const before = gateway.lines().length
      for (const piece of begun === null ? [`${head}not a size\r\n`] : [head, ...begun, 'not a size\r\n']) {
        socket.write(piece)
        await wait(50)
      }
      const { text } = await told
      expect([statusesIn(text), text.includes(`x-fapi-interaction-id: ${id}\r\n`)]).toEqual([[400], true])
      await gateway.line((line) => line['interaction_id'] === id)
      const lines = gateway.lines().slice(before)
      expect(lines.map(({ verdict, status, code }) => [verdict, status, code])).toEqual([
        ['refused', 400, 'FRAMING_BROKEN'],
      ])
    },
  )

  it.each([
    ['head', 'Content-Length: x', ''],
    ['body', 'Transfer-Encoding: chunked', 'not a size\r\n'],
  ])('gives no content to HEAD whose %s turns out to be none either', async (_, framing, body) => {
    const { text } = await gateway.raw(request('HEAD', framing) + body, { quiet: UNTIL_CLOSED })
    expect([statusesIn(text), /\r\n\r\n(.*)$/s.exec(text)?.[1]]).toEqual([[400], ''])
  })

  it.each([
    ['is idle for too long', request('GET'), [200]],
    ['never says anything', '', [408]],
    ['does not end its head', 'GET / HTTP/1.1\r\nHost:', [408]],
    ['does not end its second head', `${request('GET')}GET /`, [200, 408]],
  ])('is closed where it %s', async (_, octets, statuses) => {
    const { text, closed } = await gateway.raw(octets, { quiet: UNTIL_CLOSED })
    expect([statusesIn(text), closed]).toEqual([statuses, true])
  })

  it('keeps its place in the log for what is no request, under the identifier that it named', async () => {
    const id = '9d8a0f0e-5a53-4a7e-9c1f-1f0d5f4a7b11'
    const { text } = await gateway.raw(request('POST', `x-fapi-interaction-id: ${id}`, 'Content-Length: x'))
    expect([statusesIn(text), text.includes(`x-fapi-interaction-id: ${id}\r\n`)]).toEqual([[400], true])
    expect(await gateway.line((line) => line['interaction_id'] === id)).toMatchObject({
      code: 'FRAMING_BROKEN',
      detail: 'Content-Length is malformed',
      verdict: 'refused',
    })
  })

  it('is let go when its client is', async () => {
    answers = () => {}
    const sockets: TLSSocket[] = []
    for (const octets of ['', 'GET', request('GET'), request('GET') + request('GET')]) {
      const socket = await openTls(gateway.port)
      socket.write(octets)
      sockets.push(socket)
    }
    await wait(100)
    for (const socket of sockets) socket.destroy()
    await expect.poll(() => gateway.metrics()).toMatch(/\nholdfast_connections(?:\{[^}]*\})? 0\n/)
  })
})

function request(method: string, ...fields: string[]): string {
  return [`${method} /status HTTP/1.1`, `Host: ${HOST}`, ...fields, '', ''].join('\r\n')
}
