import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ClientHttp2Session } from 'node:http2'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { gather, openHttp2, openTls, pseudoFields, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { credentials, HOST, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const MIB = 1024 * 1024
/** Of `held_bodies`, in octets. */
const MEMORY = 64 * MIB

function digest(body: string | Buffer, name: 'sha256' | 'sha512' = 'sha256'): string {
  return `${name === 'sha256' ? 'sha-256' : 'sha-512'}=:${createHash(name).update(body).digest('base64')}:`
}

function post(path: string, ...fields: string[]) {
  return { method: 'POST', path, fields: [...credentials(path, { method: 'POST' }), ...fields] }
}

const route = (path: string, content_digest: string) => ({
  path,
  upstream: 'bank',
  require: { issuer: 'bank', content_digest },
  limits: { held_body_size: '10MiB' },
})
const { gateway, upstream, stop } = await startWithUpstream(
  {
    listeners: [{ limits: { body_size: '10MiB', max_streams: 1000 } }],
    replay: { rate: 1000, danger_trust_before_start: true },
    held_bodies: { memory: `${MEMORY / MIB}MiB` },
    routes: [route('/required', 'required'), route('/optional', 'optional'), route('/off', 'off')],
  },
  (_, response, body) => void response.end(digest(body)),
)
afterAll(stop)

describe('bodies with digests', () => {
  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it('a body that its digests describe goes through', async () => {
      const body = '{"amount":1}'
      const both = `${digest(body)}, ${digest(body, 'sha512')}, md5=:AAAA:`
      const answer = await gateway.call({ ...post('/required', 'content-digest', both), body, version })
      expect([answer.status, answer.body]).toEqual([200, digest(body)])
    })

    it('the digest is over the body as it was sent, compressed as it is', async () => {
      const body = gzipSync('{"amount":1}')
      const fields = ['content-encoding', 'gzip', 'content-digest', digest(body), 'repr-digest', digest(body)]
      expect(await gateway.call({ ...post('/required', ...fields), body, version })).toMatchObject({
        status: 200,
      })
      const plain = ['content-encoding', 'gzip', 'content-digest', digest('{"amount":1}')]
      expect(await gateway.call({ ...post('/required', ...plain), body, version })).toMatchObject({
        status: 400,
        code: 'DIGEST_MISMATCH',
      })
    })

    it('a refusal says what to send', async () => {
      const answer = await gateway.call({ ...post('/required'), body: 'x', version })
      expect([answer.code, answer.all('want-content-digest')]).toEqual([
        'DIGEST_ABSENT',
        ['sha-512=3, sha-256=10'],
      ])
    })

    it('optional: one that is there must match, one that is not is not missed; off: nothing is looked at', async () => {
      const wrong = ['content-digest', digest('y')]
      const statuses = await Promise.all(
        [
          post('/optional', ...wrong),
          post('/optional'),
          post('/off', ...wrong),
          post('/off', 'content-digest', '?'),
        ].map(async (each) => (await gateway.call({ ...each, body: 'x', version })).status),
      )
      expect(statuses).toEqual([400, 200, 200, 200])
    })

    it('a request without a body needs none, and may have one', async () => {
      upstream.news()
      const fields = credentials('/required')
      const empty = ['content-digest', digest('')]
      expect(await gateway.call({ path: '/required', fields, version })).toMatchObject({ status: 200 })
      const with_ = { path: '/required', fields: [...credentials('/required'), ...empty], version }
      expect(await gateway.call(with_)).toMatchObject({ status: 200 })
      // Nor is one of no octets made of it on its way.
      expect(upstream.news().map(({ all }) => all('content-length'))).toEqual([[], []])
      const wrong = {
        path: '/required',
        fields: [...credentials('/required'), 'content-digest', digest('x')],
        version,
      }
      expect(await gateway.call(wrong)).toMatchObject({ status: 400, code: 'DIGEST_MISMATCH' })
    })
  })

  it('one that comes behind the body unannounced is refused', async () => {
    upstream.news()
    const [, authorization, , dpop] = credentials('/required', { method: 'POST' })
    const { text } = await gateway.raw(
      `POST /required HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${authorization}\r\nDPoP: ${dpop}\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Digest: ${digest('x')}\r\n\r\n`,
    )
    expect([statusesIn(text), text.includes('DIGEST_IN_TRAILER'), upstream.news()]).toEqual([[400], true, []])
  })

  it('nothing reaches the upstream before the last octet was compared', async () => {
    upstream.news()
    const body = Buffer.alloc(3 * MIB, 'x')
    const socket = await openTls(gateway.port)
    const [, authorization, , dpop] = credentials('/required', { method: 'POST' })
    socket.write(
      `POST /required HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${authorization}\r\nDPoP: ${dpop}\r\n` +
        `Content-Length: ${body.length}\r\nContent-Digest: ${digest(body)}\r\nConnection: close\r\n\r\n`,
    )
    socket.write(body.subarray(1))
    await wait(300)
    expect(upstream.news()).toEqual([])
    socket.write(body.subarray(0, 1))
    expect(statusesIn((await gather(socket, UNTIL_CLOSED)).text)).toEqual([200])
    expect(upstream.news()[0]?.body.equals(body)).toBe(true)
  })

  it('a body of 10 MiB costs its length', async () => {
    const body = Buffer.alloc(10 * MIB, 'x')
    const request = () => ({ ...post('/required', 'content-digest', digest(body)), body })
    expect(await gateway.call(request())).toMatchObject({ status: 200 })
    const before = residentMemory()
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, residentMemory())
    }, 5)
    for (let time = 0; time < 20; time++) expect(await gateway.call(request())).toMatchObject({ status: 200 })
    clearInterval(watch)
    // What is given back is collected when the collector comes by, so a few bodies of before may still be there, but not all.
    expect(most - before).toBeLessThan(120 * MIB)
    await expect.poll(() => gateway.metrics()).toContain('holdfast_held_body_bytes 0')
  })

  it('of a thousand at once as many are held as there is room for, and the rest are told to come again', async () => {
    const body = Buffer.alloc(MIB, 'x')
    const field = digest(body)
    const fits = MEMORY / MIB
    const sessions = await Promise.all(Array.from({ length: 40 }, () => openHttp2(gateway.port)))
    const before = residentMemory()
    const streams = Array.from({ length: 1000 }, (_, at) => {
      // Of one client there would be half as many.
      const accessToken = token({ claims: { client_id: `tpp-${at}` } })
      const head = [
        ...pseudoFields('POST', '/required'),
        ...credentials('/required', { method: 'POST', accessToken }),
        ...['content-digest', field, 'content-length', String(body.length)],
      ]
      return (sessions[at % 40] as ClientHttp2Session).request(head as never, { endStream: false })
    })
    const refused: string[] = []
    const held = new Set(streams)
    for (const stream of streams) {
      stream.on('error', () => {})
      stream.once('response', (headers) => {
        refused.push(`${headers[':status']} ${headers['retry-after']}`)
        held.delete(stream)
      })
      stream.resume()
    }
    await expect.poll(() => refused.length, { timeout: 50_000 }).toBe(1000 - fits)
    expect([held.size, refused.length, new Set(refused)]).toEqual([fits, 1000 - fits, new Set(['503 5'])])
    expect(await gateway.metrics()).toContain(`holdfast_held_body_bytes ${MEMORY}`)

    await Promise.all([...held].map((each) => new Promise((done) => each.write(body.subarray(1), done))))
    await wait(500)
    // Beside the bodies: a thousand requests, and what HTTP/2 lets a client send ahead.
    expect(residentMemory() - before).toBeLessThan(2.5 * MEMORY)
    const answered = [...held].map(async (each) => (await once(each, 'response'))[0][':status'] as number)
    for (const each of held) each.end(body.subarray(0, 1))
    expect(new Set(await Promise.all(answered))).toEqual(new Set([200]))
    for (const each of sessions) each.destroy()
    await expect.poll(() => gateway.metrics()).toContain('holdfast_held_body_bytes 0')
  })

  /** Octets. */
  function residentMemory(): number {
    const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
  }
})
