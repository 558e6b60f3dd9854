import { once } from 'node:events'
import { constants } from 'node:http2'
import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { callOn, gather, openHttp2, openTls, pseudoFields, statusesIn } from '../support/wire-client.ts'
import { sendFrames } from '../support/wire-h2.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const small = { path: '/small', upstream: 'bank', danger_public: true, limits: { body_size: '1KiB' } }
const { gateway, upstream, stop } = await startWithUpstream(
  { routes: [...ROUTES, small] },
  (request, response, body) => {
    if (request.url === '/status/none') return void response.writeHead(204).end()
    if (request.url === '/status/same') return void response.writeHead(304, { etag: '"x"' }).end()
    response.end(body)
  },
)
afterAll(stop)

describe('bodies', () => {
  it.each(['1.1', '2'] as const)('a body comes through whole, both ways, over HTTP/%s', async (version) => {
    const body = 'å'.repeat(300_000)
    const fields = credentials('/accounts/x', { method: 'POST' })
    const answer = await gateway.call({ method: 'POST', path: '/accounts/x', fields, body, version })
    expect(answer.body === body).toBe(true)
  })

  it.each(['1.1', '2'] as const)('HEAD, 204 and 304 carry no body over HTTP/%s', async (version) => {
    const head = await gateway.call({ method: 'HEAD', path: '/status', version })
    expect([head.status, head.body]).toEqual([200, ''])
    const none = await gateway.call({ path: '/status/none', version })
    expect([none.status, none.body, none.all('content-length')]).toEqual([204, '', []])
    const same = await gateway.call({ path: '/status/same', version })
    expect([same.status, same.body, same.all('etag')]).toEqual([304, '', ['"x"']])
    // Nor is one announced (RFC 9112 §6.1).
    expect([head, none, same].flatMap(({ all }) => all('transfer-encoding'))).toEqual([])
  })

  it('an empty body that comes in a frame of its own is whole', async () => {
    const head = pseudoFields('POST', '/status')
    expect(await sendFrames(gateway.port, head, '')).toMatchObject({ status: 200, body: '' })
    const chunked = `POST /status HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
    expect(statusesIn((await gateway.raw(chunked)).text)).toEqual([200])
  })

  it.each([
    ['POST', '/nowhere', 404],
    ['HEAD', '/nowhere', 404],
    ['POST', '/small', 413],
  ])(
    'what is left of a %s of %s over HTTP/2 is not asked for once it is answered (RFC 9113 §8.1)',
    async (method, path, refused) => {
      const session = await openHttp2(gateway.port)
      const head = pseudoFields(method, path)
      const stream = session.request(head as never, { endStream: false }).resume()
      if (path === '/small') stream.write('x'.repeat(1025))
      const closed = once(stream, 'close')
      const [{ ':status': status }] = await once(stream, 'response')
      await closed
      expect([status, stream.rstCode]).toEqual([refused, constants.NGHTTP2_NO_ERROR])
      session.close()
    },
  )

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
      const head = pseudoFields('POST', '/accounts')
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
})
