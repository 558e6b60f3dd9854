import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Downstream } from '../../src/gateway/downstream.ts'
import { connected } from '../support/http1-pair.ts'
import { gather, openTls, raw, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { digestOf } from '../support/wire-signature.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { freePort, type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const GET = 'GET /status HTTP/1.1\r\nHost: a\r\n\r\n'

describe('octets that cost nothing to send cost little to read', () => {
  it('empty lines without end are not gathered', () => {
    const { comes, faults } = connected()
    const began = process.threadCpuUsage()
    for (let left = 200; left > 0; left--) comes('\r\n'.repeat(32 * 1024))
    expect(process.threadCpuUsage(began).user).toBeLessThan(2_000_000)
    expect(faults).toEqual([])
    comes('\n')
    expect(faults).toEqual(['a line ends in LF alone'])
  })

  it('a head that comes octet by octet is looked through once', () => {
    const { comes, requests } = connected(64 * 1024)
    const head = `${GET.slice(0, -2)}${'a:\r\n'.repeat(16_000)}`
    const began = process.threadCpuUsage()
    comes(...head)
    expect(process.threadCpuUsage(began).user).toBeLessThan(8_000_000)
    comes('\r', '\n')
    expect(requests.map(({ raw: { fields } }) => fields.length)).toEqual([2 * 16_001])
  })

  it('a trailer of many spaces is not tried in many ways', () => {
    const trailer = `a:${' '.repeat(8_000)}`
    const began = process.threadCpuUsage()
    for (let left = 50; left > 0; left--) {
      const { comes, faults } = connected()
      comes(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${trailer}\0\r\n`)
      expect(faults).toEqual(['the chunks are malformed'])
    }
    expect(process.threadCpuUsage(began).user).toBeLessThan(1_500_000)
    const { comes, requests } = connected()
    const padded = `0\r\n${trailer}b  c${' '.repeat(90)}\r\nEmpty:\r\n\r\n`
    comes(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${padded}`)
    expect(requests.map(({ trailers }) => trailers)).toEqual([['a', 'b  c', 'Empty', '']])
  })

  it('chunks of one octet are handed on together', async () => {
    const { comes, requests } = connected()
    comes(
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(9_000)}0\r\n\r\n`,
    )
    const parts = (await requests[0]?.body.toArray()) as Buffer[]
    expect(parts.map(({ length }) => length)).toEqual([9_000])
  })

  it.each([1, 2, 3, 5, 100])('a head is read alike in pieces of %i', (size) => {
    const pieces = (octets: string) => octets.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
    const { comes, requests } = connected()
    comes(...pieces(`\r\n\r\n${GET}`))
    expect(requests).toHaveLength(1)
    const broken = connected()
    broken.comes(...pieces('GET / HTTP/1.1\r\nHost: a\n\r\n'))
    expect(broken.faults).toEqual(['a line ends in LF alone'])
    const length = GET.length - '\r\n\r\n'.length
    const longest = connected(length)
    longest.comes(...pieces(GET))
    const tooLong = connected(length - 1)
    tooLong.comes(...pieces(GET))
    expect([longest.faults, longest.requests.length]).toEqual([[], 1])
    expect([tooLong.faults, tooLong.requests]).toEqual([[`more than ${length - 1} octets`], []])
  })
})

describe('the time for a head', () => {
  it('does not begin with the empty line that some clients send behind a body', () => {
    const { connection, comes, requests, faults } = connected()
    comes(GET)
    requests[0]?.answer(200, [], '', false)
    comes('\r\n')
    connection.look(performance.now() + 20_000)
    expect(faults).toEqual([])
  })

  it.each([['\r\n'], ['\r', '\n']])('empty lines do not keep a connection (%j)', async (...pieces) => {
    const { connection, comes, requests } = connected()
    comes(GET)
    requests[0]?.answer(200, [], '', false)
    const answered = performance.now()
    for (const after of [20_000, 40_000, 59_000]) {
      comes(...pieces)
      connection.look(answered + after)
    }
    expect(connection.socket.destroyed).toBe(false)
    await wait(30)
    comes(...pieces)
    connection.look(answered + 60_010)
    expect(connection.socket.destroyed).toBe(true)
  })

  it('begins with a head, not with the empty line ahead of it', async () => {
    const { connection, comes, requests, faults } = connected()
    comes(GET)
    requests[0]?.answer(200, [], '', false)
    comes('\r', '\n')
    await wait(30)
    const began = performance.now()
    comes(GET.slice(0, 9))
    connection.look(began + 9_990)
    comes(GET.slice(9))
    expect([faults, requests.length]).toEqual([[], 2])
    requests[1]?.answer(200, [], '', false)
    comes('\r')
    await wait(30)
    const next = performance.now()
    comes(`\n${GET.slice(0, 9)}`)
    connection.look(next + 9_990)
    expect(faults).toEqual([])
    comes(GET.slice(9, 10))
    connection.look(next + 10_010)
    expect(faults).toEqual(['the head did not come in time'])
  })

  it('does not begin anew with empty lines ahead of the first', async () => {
    const { connection, comes, faults } = connected()
    const opened = performance.now()
    await wait(20)
    comes('\r\n')
    connection.look(opened + 10_010)
    expect(faults).toEqual(['the head did not come in time'])
  })
})

it('a connection is kept a second longer than is said', async () => {
  const { comes, requests, text } = connected()
  comes(GET)
  requests[0]?.answer(200, [], '', false)
  await wait(10)
  expect(text()).toContain('\r\nconnection: keep-alive\r\nkeep-alive: timeout=59\r\n')
})

describe('an answer that is over', () => {
  it('writes nothing into the next one, and does not end it', async () => {
    const { comes, requests, text } = connected()
    comes(GET + GET)
    const [first] = requests as [Downstream]
    first.answer(200, [], 'first', false)
    expect(requests).toHaveLength(2)
    first.begin(500, [])
    first.write(Buffer.from('late'))
    first.end(Buffer.from('later'))
    first.answer(500, [], 'latest', true)
    first.abort()
    requests[1]?.answer(200, [], 'second', false)
    await wait(10)
    expect(text()).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\n\r\nfirstHTTP\/1.1 200 [\s\S]*\r\n\r\nsecond$/)
  })
})

it('an answer whose client goes away takes memory no longer', async () => {
  const { connection, comes, requests } = connected()
  comes(GET)
  const sent = Promise.withResolvers<void>()
  requests[0]?.onSent(sent.resolve)
  requests[0]?.begin(200, [])
  requests[0]?.write(Buffer.from('a part'))
  connection.cut()
  await sent.promise
})

describe('a request is recorded, whatever becomes of its body', () => {
  let gateway: InProcess
  let upstream: RecordingUpstream | null = null
  let taken = 0
  const budget = {
    take: (octets: number) => {
      taken += octets
      return true
    },
    give: (octets: number) => {
      taken -= octets
    },
  }

  afterEach(async () => {
    await gateway.stop()
    await upstream?.close()
    upstream = null
  })

  async function open(port: number) {
    gateway = await openInProcess(
      {
        upstreams: { bank: { url: `http://127.0.0.1:${port}`, max_connections: 1 } },
        routes: [
          { path: '/status', upstream: 'bank', danger_public: true },
          {
            path: '/watched',
            upstream: 'bank',
            require: { issuer: 'bank', content_digest: 'required' },
            enforce: 'shadow',
          },
        ],
      },
      { bodies: { of: () => budget } },
    )
  }

  function watched(body: string): string {
    const [, authorization, , proof] = credentials('/watched', { method: 'POST' })
    const fields = [`Host: ${HOST}`, `Authorization: ${authorization}`, `DPoP: ${proof}`]
    const about = [`Content-Digest: ${digestOf('another')}`, `Content-Length: ${body.length}`]
    return `${['POST /watched HTTP/1.1', ...fields, ...about].join('\r\n')}\r\n\r\n${body}`
  }

  it('that a rule only watches, where the upstream is away', async () => {
    await open(await freePort())
    const { text } = await raw(gateway.port, watched('x'.repeat(50_000)), { quiet: UNTIL_CLOSED })
    expect(statusesIn(text)).toEqual([502])
    await expect.poll(() => gateway.records.length).toBe(1)
    const refusals = gateway.records[0]?.observation?.refusals.map(({ code }) => code)
    expect([refusals, taken]).toEqual([['DIGEST_MISMATCH'], 0])
    const empty = await raw(gateway.port, watched(''))
    expect([statusesIn(empty.text), empty.text.includes('connection: close')]).toEqual([[502], false])
  })

  it('that a rule only watches, where the client goes away', async () => {
    upstream = await startUpstream(undefined, () => true)
    await open(upstream.port)
    const socket = await openTls(gateway.port)
    socket.write(watched('x'.repeat(50_000)))
    await expect.poll(() => upstream?.seen.length).toBe(1)
    socket.destroy()
    await expect.poll(() => gateway.records.length).toBe(1)
    expect(taken).toBe(0)
  })

  it('that a rule only watches, where the client goes away as it waits for a connection to the upstream', async () => {
    upstream = await startUpstream(undefined, () => true)
    await open(upstream.port)
    const [first, socket] = [await openTls(gateway.port), await openTls(gateway.port)]
    first.write(GET.replace('Host: a', `Host: ${HOST}`))
    await expect.poll(() => upstream?.seen.length).toBe(1)
    socket.write(watched('x'.repeat(50_000)))
    await expect.poll(() => gateway.inFlight()).toBe(2)
    socket.destroy()
    await expect.poll(() => gateway.records.map(({ gone }) => gone)).toEqual([true])
    first.destroy()
  })

  it('and its refusal reaches a client that sends it to the end before it looks', async () => {
    await open(await freePort())
    for (let left = 10; left > 0; left--) {
      const socket = (await openTls(gateway.port)).pause()
      socket.write(`POST /nowhere HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5000000\r\n\r\n`)
      const problem = await new Promise((resolve) => {
        socket.once('error', resolve)
        socket.write(Buffer.alloc(5_000_000), resolve)
      })
      const told = gather(socket, UNTIL_CLOSED)
      socket.resume()
      expect([problem ?? undefined, statusesIn((await told).text)]).toEqual([undefined, [404]])
    }
  })

  it('and HTTP/1.0 is told nothing ahead of its answer (RFC 9110 §10.1.1)', async () => {
    upstream = await startUpstream()
    await open(upstream.port)
    const socket = await openTls(gateway.port)
    const told = gather(socket, UNTIL_CLOSED)
    const expects = 'Expect: 100-continue\r\nContent-Length: 5'
    socket.write(`POST /status HTTP/1.0\r\nHost: ${HOST}\r\n${expects}\r\n\r\n`)
    await wait(100)
    socket.write('hello')
    expect(statusesIn((await told).text)).toEqual([200])
  })
})

it('whose handshake was under way when the gateway began to end is served once, and closed', async () => {
  const upstream = await startUpstream()
  const gateway = await openInProcess({
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [{ path: '/status', upstream: 'bank', danger_public: true }],
  })
  const plain = connect(gateway.port, '127.0.0.1')
  await once(plain, 'connect')
  await wait(50)
  const stopped = gateway.stop()
  const socket = await openTls(gateway.port, { socket: plain })
  const told = gather(socket, UNTIL_CLOSED)
  socket.write(GET.replace('Host: a', `Host: ${HOST}`))
  const { text, closed } = await told
  expect([statusesIn(text), text.includes('connection: close\r\n'), closed]).toEqual([[200], true, true])
  await stopped
  await upstream.close()
})
