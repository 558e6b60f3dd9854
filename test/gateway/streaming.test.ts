import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import { request as requestHttps } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { callOn, gather, openHttp2, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { sendFrames } from '../support/wire-h2.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const MIB = 1024 * 1024
/** Octets: more than may be resident, were they all kept. */
const MUCH = 150 * MIB

describe('bodies and connections', () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let early: (request: IncomingMessage, response: ServerResponse) => boolean = () => false

  beforeAll(async () => {
    upstream = await startUpstream(
      (request, response, body) => {
        if (request.url === '/status/none') return void response.writeHead(204).end()
        if (request.url === '/status/same') return void response.writeHead(304, { etag: '"x"' }).end()
        response.end(body)
      },
      (request, response) => early(request, response),
    )
    gateway = await startGateway({
      listeners: [{ limits: { body_size: '256MiB' } }],
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}`, timeout: '10s' } },
      routes: [
        ...ROUTES,
        { path: '/small', upstream: 'bank', danger_public: true, limits: { body_size: '1KiB' } },
      ],
    })
  })

  afterEach(() => {
    early = () => false
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
  })

  it.each(['1.1', '2'] as const)('a body comes through whole, both ways, over HTTP/%s', async (version) => {
    const body = 'å'.repeat(300_000)
    const fields = credentials('/accounts/x', { method: 'POST' })
    const answer = await gateway.call({ method: 'POST', path: '/accounts/x', fields, body, version })
    expect(answer.body === body).toBe(true)
  })

  it('a client that breaks one download after another off over HTTP/2 is asked to connect anew, and goes on', async () => {
    early = (_, response) => response.end(Buffer.alloc(MIB)) !== undefined
    const answered: string[] = []
    let sessions = 0
    for (let at = 0; at < 200; sessions++) {
      const session = await openHttp2(gateway.port)
      for (; at < 200 && !session.closed; at++) {
        const stream = session.request({ ':path': '/status', ':authority': HOST })
        stream.on('error', (error) => answered.push(error.message))
        stream.once('response', (headers) => {
          answered.push(String(headers[':status']))
          setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), 5)
        })
        await new Promise((resolve) => stream.once('close', resolve))
      }
      session.destroy()
    }
    // A stream that is refused on the way was not looked at, and may be sent anew (RFC 9113 §8.7).
    const refused = answered.filter((answer) => answer.includes('NGHTTP2_REFUSED_STREAM'))
    expect(refused.length).toBeLessThan(sessions)
    expect(answered.filter((answer) => answer === '200').length).toBeGreaterThanOrEqual(200 - 2 * sessions)
    expect(new Set(answered.filter((answer) => !refused.includes(answer)))).toEqual(new Set(['200']))
    expect(sessions).toBeGreaterThan(1)
  })

  it('uploads that nobody takes leave room on their HTTP/2 connection for its other streams', async () => {
    early = (request) => request.url === '/status/stuck'
    const session = await openHttp2(gateway.port)
    const stuck = Array.from({ length: 4 }, () => {
      const stream = session.request({ ':method': 'POST', ':path': '/status/stuck', ':authority': HOST })
      stream.on('error', () => {}).write(Buffer.alloc(200_000))
      return stream
    })
    expect((await callOn(session, { method: 'POST', path: '/status', body: 'small' })).body).toBe('small')
    // More than a connection has by default (RFC 9113 §6.9.2), however much of it they take.
    expect(session.state.remoteWindowSize).toBeGreaterThan(65_535)
    for (const stream of stuck) stream.close(constants.NGHTTP2_CANCEL)
    session.destroy()
  })

  it.each(['1.1', '2'] as const)('HEAD, 204 and 304 carry no body over HTTP/%s', async (version) => {
    const head = await gateway.call({ method: 'HEAD', path: '/status', version })
    expect([head.status, head.body]).toEqual([200, ''])
    const none = await gateway.call({ path: '/status/none', version })
    expect([none.status, none.body, none.all('content-length')]).toEqual([204, '', []])
    const same = await gateway.call({ path: '/status/same', version })
    expect([same.status, same.body, same.all('etag')]).toEqual([304, '', ['"x"']])
  })

  it('an empty body that comes in a frame of its own is whole', async () => {
    const head = [':method', 'POST', ':path', '/status', ':scheme', 'https', ':authority', HOST]
    expect(await sendFrames(gateway.port, head, '')).toMatchObject({ status: 200, body: '' })
    const chunked = `POST /status HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
    expect(statusesIn((await gateway.raw(chunked)).text)).toEqual([200])
  })

  it('a body of unknown length is counted as it flows', async () => {
    const chunked = `POST /small HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`
    const fits = await gateway.raw(`${chunked}${chunk}0\r\n\r\n`)
    expect(statusesIn(fits.text)).toEqual([200])
    const over = await gateway.raw(`${chunked}${chunk}1\r\nx\r\n0\r\n\r\n`)
    expect([statusesIn(over.text), over.text.includes('BODY_TOO_LARGE')]).toEqual([[413], true])
    const session = await openHttp2(gateway.port)
    const streamed = await callOn(session, { method: 'POST', path: '/small', body: 'x'.repeat(1025) })
    expect([streamed.status, streamed.code]).toEqual([413, 'BODY_TOO_LARGE'])
    session.close()
  })

  it('trailers are dropped, and never become fields', async () => {
    upstream.news()
    await gateway.raw(
      `POST /status HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\nTrailer: Holdfast-Subject\r\n\r\n` +
        '1\r\nx\r\n0\r\nHoldfast-Subject: root\r\n\r\n',
    )
    const [seen] = upstream.news()
    expect([seen?.trailers, seen?.all('holdfast-subject'), seen?.body.toString()]).toEqual([[], [], 'x'])
  })

  it('a hundred and fifty mebibytes down and up, at the pace of the slower side, in bounded memory', async () => {
    const part = Buffer.alloc(MIB / 4)
    let sent = 0
    early = (request, response) => {
      if (request.url !== '/status/download') return false
      const push = () => {
        while (sent < MUCH) {
          sent += part.length
          if (!response.write(part)) return void response.once('drain', push)
        }
        response.end()
      }
      push()
      return true
    }
    const before = await residentMemory()
    const socket = await openTls(gateway.port)
    socket.pause()
    socket.write(`GET /status/download HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
    await expect.poll(() => sent).toBeGreaterThan(0)
    await wait(700)
    expect(sent).toBeLessThan(40 * MIB)
    expect((await residentMemory()) - before).toBeLessThan(40 * MIB)
    let received = 0
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    socket.resume()
    while (received < MUCH) await once(socket, 'data')
    socket.destroy()

    let taken: IncomingMessage | undefined
    early = (request) => {
      taken = request.pause()
      return true
    }
    const uploading = requestHttps({
      ...{ port: gateway.port, host: '127.0.0.1', servername: HOST, rejectUnauthorized: false, agent: false },
      ...{ method: 'POST', path: '/status', headers: { host: HOST } },
    })
    uploading.on('error', () => {})
    let written = 0
    const upload = () => {
      while (written < MUCH) {
        written += part.length
        if (!uploading.write(part)) return void uploading.once('drain', upload)
      }
    }
    upload()
    await expect.poll(() => taken).toBeDefined()
    await wait(700)
    expect(written).toBeLessThan(40 * MIB)
    // What went through is collected when the collector comes by.
    expect((await residentMemory()) - before).toBeLessThan(100 * MIB)
    uploading.destroy()
  })

  it.each(['1.1', '2'] as const)(
    'a client that goes away takes its upstream request along, HTTP/%s',
    async (version) => {
      const gone = Promise.withResolvers<void>()
      const came = Promise.withResolvers<void>()
      early = (_, response) => {
        came.resolve()
        response.once('close', () => gone.resolve())
        return true
      }
      if (version === '2') {
        const session = await openHttp2(gateway.port)
        const stream = session.request([
          ':method',
          'GET',
          ':path',
          '/status',
          ':scheme',
          'https',
          ':authority',
          HOST,
        ] as never)
        stream.on('error', () => {})
        await came.promise
        stream.close(8)
        await gone.promise
        session.close()
      } else {
        const socket = await openTls(gateway.port)
        socket.write(`GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
        await came.promise
        socket.destroy()
        await gone.promise
      }
      const line = await gateway.line((each) => each['verdict'] === 'gone' && each['protocol'] === version)
      expect(line['status']).toBe(499)
    },
  )

  it.each(['1.1', '2'] as const)(
    'an answer that is cut short cannot be taken for whole, HTTP/%s',
    async (version) => {
      let cut = () => {}
      early = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/plain' })
        response.write('half of ')
        cut = () => response.destroy()
        return true
      }
      if (version === '1.1') {
        const socket = await openTls(gateway.port)
        const whole = gather(socket, UNTIL_CLOSED)
        let text = ''
        socket.on('data', (chunk) => {
          text += chunk
          if (text.includes('half of ')) cut()
        })
        socket.write(`GET /status HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
        expect([(await whole).closed, text.includes('\r\n0\r\n')]).toEqual([true, false])
        expect(text).toContain('half of ')
      } else {
        const session = await openHttp2(gateway.port)
        const stream = session.request({ ':path': '/status', ':authority': HOST })
        const broken = once(stream, 'end')
        stream.once('data', () => cut())
        await expect(broken).rejects.toThrow('NGHTTP2_INTERNAL_ERROR')
        session.close()
      }
      await gateway.line((each) => each['code'] === 'UPSTREAM_BROKEN' && each['protocol'] === version)
    },
  )

  describe('Expect: 100-continue', () => {
    it('is answered only after the decision, over HTTP/1.1', async () => {
      upstream.news()
      const socket = await openTls(gateway.port)
      const head = `Host: ${HOST}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n`
      socket.write(`POST /accounts HTTP/1.1\r\n${head}\r\n`)
      const refused = await gather(socket, 300)
      expect([statusesIn(refused.text), upstream.news()]).toEqual([[401], []])
      socket.destroy()

      const fields = credentials('/accounts', { method: 'POST' })
      const other = await openTls(gateway.port)
      other.write(
        `POST /accounts HTTP/1.1\r\n${head}${fields[0]}: ${fields[1]}\r\n${fields[2]}: ${fields[3]}\r\n\r\n`,
      )
      expect(statusesIn(String((await once(other, 'data'))[0]))).toEqual([100])
      other.write('ok')
      expect(statusesIn((await gather(other, 300)).text)).toEqual([200])
      expect(upstream.news().map(({ body }) => body.toString())).toEqual(['ok'])
      other.destroy()
    })

    it('is answered only after the decision, over HTTP/2', async () => {
      const session = await openHttp2(gateway.port)
      const head = [':method', 'POST', ':path', '/accounts', ':scheme', 'https', ':authority', HOST]
      for (const [fields, expected] of [
        [[], [401]],
        [credentials('/accounts', { method: 'POST' }), [100, 200]],
      ] as const) {
        const statuses: number[] = []
        const stream = session.request([...head, ...fields, 'expect', '100-continue'] as never, {
          endStream: false,
        })
        stream.on('headers', (headers) => statuses.push(Number(headers[':status'])))
        stream.on('continue', () => stream.end('ok'))
        stream.on('response', (headers) => statuses.push(Number(headers[':status'])))
        stream.on('error', () => {})
        stream.resume()
        await once(stream, 'end')
        expect([...new Set(statuses)]).toEqual(expected)
        stream.close()
      }
      session.close()
    })
  })

  async function residentMemory(): Promise<number> {
    const statm = readFileSync(`/proc/${gateway.child.pid}/statm`, 'utf8')
    return Number(statm.split(' ')[1]) * 4096
  }
})
