import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants } from 'node:http2'
import { request as requestHttps } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { callOn, gather, openHttp2, openTls, UNTIL_CLOSED } from '../support/wire-client.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const MIB = 1024 * 1024
/** Octets: more than may be resident, were they all kept. */
const MUCH = 150 * MIB

let early: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
const { gateway, stop } = await startWithUpstream(
  (url) => ({
    listeners: [{ limits: { body_size: '256MiB' } }],
    upstreams: { bank: { url, timeout: '10s' } },
    routes: ROUTES,
  }),
  (_, response, body) => response.end(body),
  (request, response) => early(request, response),
)
afterAll(stop)

describe('bodies on their way', () => {
  afterEach(() => {
    early = () => false
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

  it.each([
    ['1.1', 'GET', 0],
    ['2', 'GET', constants.NGHTTP2_CANCEL],
    // Of one to HEAD Node tells less.
    ['2', 'HEAD', constants.NGHTTP2_NO_ERROR],
    ['2', 'HEAD', constants.NGHTTP2_STREAM_CLOSED],
  ] as const)(
    'a client that goes away takes its upstream request along, HTTP/%s %s',
    async (version, method, error) => {
      const path = `/status/${version}/${method}/${error}`
      const gone = Promise.withResolvers<void>()
      const came = Promise.withResolvers<void>()
      early = (_, response) => {
        came.resolve()
        response.once('close', () => gone.resolve())
        return true
      }
      if (version === '2') {
        const session = await openHttp2(gateway.port)
        const stream = session.request({ ':method': method, ':path': path, ':authority': HOST })
        stream.on('error', () => {})
        await came.promise
        stream.close(error)
        await gone.promise
        session.close()
      } else {
        const socket = await openTls(gateway.port)
        socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
        await came.promise
        socket.destroy()
        await gone.promise
      }
      const line = await gateway.line((each) => each['verdict'] === 'gone' && each['path'] === path)
      expect([line['protocol'], line['status']]).toEqual([version, 499])
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

  async function residentMemory(): Promise<number> {
    const statm = readFileSync(`/proc/${gateway.child.pid}/statm`, 'utf8')
    return Number(statm.split(' ')[1]) * 4096
  }
})
