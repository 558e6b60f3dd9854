import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { callOn, codeOf, openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening, sendFrames } from '../support/wire-h2.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const HEAD = pseudoFields('GET', '/status')
/** RFC 9113 §7. */
const PROTOCOL_ERROR = 1

/** Requests that are malformed (RFC 9113 §8.1.1): what is sent, and the status or the error code that comes. */
const MALFORMED: readonly (readonly [string, readonly string[], { status?: number; error?: number }])[] = [
  ['another Host', [...HEAD, 'host', 'evil.example'], { status: 400 }],
  ['another Host, none of ours', [...but(':authority', 'evil.example'), 'host', HOST], { status: 400 }],
  ['two Hosts', [...HEAD, 'host', HOST, 'host', HOST], { error: PROTOCOL_ERROR }],
  ['another authority', but(':authority', 'evil.example'), { status: 421 }],
  ['userinfo', but(':authority', `a@${HOST}`), { error: PROTOCOL_ERROR }],
  ['no authority at all', HEAD.slice(0, 6), { error: PROTOCOL_ERROR }],
  ['plain http', but(':scheme', 'http'), { status: 400 }],
  ['no scheme', [...HEAD.slice(0, 4), ...HEAD.slice(6)], { error: PROTOCOL_ERROR }],
  ['no path', [...HEAD.slice(0, 2), ...HEAD.slice(4)], { error: PROTOCOL_ERROR }],
  ['an empty path', but(':path', ''), { error: PROTOCOL_ERROR }],
  ['an absolute URL as path', but(':path', `https://${HOST}/status`), { error: PROTOCOL_ERROR }],
  ['a path without its slash', but(':path', 'status'), { error: PROTOCOL_ERROR }],
  ['a request line in the path', but(':path', '/status HTTP/1.1\r\nx: y'), { error: PROTOCOL_ERROR }],
  ['a fragment', but(':path', '/status#x'), { status: 400 }],
  ['a request line in the method', but(':method', 'GET /accounts'), { error: PROTOCOL_ERROR }],
  ['two paths', [...HEAD, ':path', '/accounts'], { error: PROTOCOL_ERROR }],
  ['two methods', [':method', 'POST', ...HEAD], { error: PROTOCOL_ERROR }],
  [
    'a pseudo-header after fields',
    [...HEAD.slice(0, 6), 'x', 'y', ':authority', HOST],
    { error: PROTOCOL_ERROR },
  ],
  ['an unknown pseudo-header', [...HEAD, ':x', 'y'], { error: PROTOCOL_ERROR }],
  ['extended CONNECT', [...but(':method', 'CONNECT'), ':protocol', 'websocket'], { error: PROTOCOL_ERROR }],
  ['CONNECT', [':method', 'CONNECT', ':authority', `${HOST}:443`], { status: 400 }],
  ['TRACE', but(':method', 'TRACE'), { status: 405 }],
  ['a method in lower case', but(':method', 'delete'), { status: 405 }],
  ['a shouted name', [...HEAD, 'X-A', '1'], { error: PROTOCOL_ERROR }],
  ['transfer-encoding', [...HEAD, 'transfer-encoding', 'chunked'], { error: PROTOCOL_ERROR }],
  ['connection', [...HEAD, 'connection', 'dpop'], { error: PROTOCOL_ERROR }],
  ['keep-alive', [...HEAD, 'keep-alive', 'x'], { error: PROTOCOL_ERROR }],
  ['proxy-connection', [...HEAD, 'proxy-connection', 'x'], { error: PROTOCOL_ERROR }],
  ['upgrade', [...HEAD, 'upgrade', 'h2c'], { error: PROTOCOL_ERROR }],
  ['te with more than trailers', [...HEAD, 'te', 'gzip'], { error: PROTOCOL_ERROR }],
  ['two lengths', [...HEAD, 'content-length', '0', 'content-length', '0'], { error: PROTOCOL_ERROR }],
  ['a length without a body', [...HEAD, 'content-length', '5'], { error: PROTOCOL_ERROR }],
]

const { gateway, upstream, stop } = await startWithUpstream({ routes: ROUTES })
afterAll(stop)

describe('HTTP/2, frame for frame', () => {
  afterEach(() => void upstream.news())

  it('a well-formed request passes', async () => {
    expect((await sendFrames(gateway.port, HEAD)).status).toBe(200)
    expect(upstream.news()).toHaveLength(1)
  })

  it.each(MALFORMED)('%s', async (_, fields, { status, error }) => {
    const answer = await sendFrames(gateway.port, fields)
    expect([answer.status, answer.error]).toEqual([status, error])
    expect(upstream.news()).toEqual([])
  })

  it.each(['1', '9'])('a body that is not %s long, as announced', async (length) => {
    const answer = await sendFrames(
      gateway.port,
      [...but(':method', 'POST'), 'content-length', length],
      'abc',
    )
    expect(answer.status).toBe(undefined)
    expect(upstream.news().filter(({ body }) => body.length > 0 && body.length !== Number(length))).toEqual(
      [],
    )
  })

  it('a head past header_size is 431 and recorded, also where the client has not acknowledged our settings', async () => {
    const interactionId = randomUUID()
    const large = ['x-fapi-interaction-id', interactionId, 'x-large', 'x'.repeat(16_200)]
    const { status, body } = await sendFrames(gateway.port, [...HEAD, ...large])
    expect([status, codeOf(body), upstream.news()]).toEqual([431, 'FIELDS_TOO_LARGE', []])
    const session = await openHttp2(gateway.port)
    await once(session, 'remoteSettings')
    const answer = await callOn(session, { path: '/status', fields: large })
    session.close()
    expect([answer.status, answer.all('x-fapi-interaction-id')]).toEqual([431, [interactionId]])
    const recorded = () => gateway.lines().filter((each) => each['interaction_id'] === interactionId)
    await expect
      .poll(() => recorded().map(({ code }) => code))
      .toEqual(['FIELDS_TOO_LARGE', 'FIELDS_TOO_LARGE'])
  })

  it('what has no sense as HTTP is answered with a problem and recorded', async () => {
    const answer = await sendFrames(gateway.port, but(':scheme', 'ftp'))
    expect([answer.status, codeOf(answer.body)]).toEqual([400, 'TARGET_MALFORMED'])
    const line = await gateway.line((each) => each['detail'] === 'pseudo-header fields')
    expect(line).toMatchObject({ verdict: 'refused', code: 'TARGET_MALFORMED', remote: '127.0.0.1' })
  })

  it.each([
    ['a line break in a value', ['x-a', 'b\r\nholdfast-subject: root']],
    ['a zero octet in a value', ['x-a', 'b\0c']],
    ['a colon in a name', ['x:holdfast-subject', 'root']],
    ['a line break in a name', ['x\r\nholdfast-subject', 'root']],
  ])('%s never reaches the upstream', async (_, fields) => {
    await sendFrames(gateway.port, [...HEAD, ...fields])
    for (const seen of upstream.news()) {
      expect(seen.all('holdfast-subject')).toEqual([])
      expect(seen.fields.join('\n')).not.toContain('root')
    }
  })

  it('credentials that are not well-formed octets are no credentials', async () => {
    const fields = credentials()
    const spoiled = [...but(':path', '/accounts'), ...fields.slice(0, 3), `${fields[3]}\0`]
    const answer = await sendFrames(gateway.port, spoiled)
    expect(codeOf(answer.body)).toBe('DPOP_ABSENT')
    for (const second of [
      ['dpop', 'x'],
      ['authorization', 'Bearer x'],
    ]) {
      const twice = await sendFrames(gateway.port, [...but(':path', '/accounts'), ...fields, ...second])
      expect([twice.status, codeOf(twice.body)]).toEqual([400, 'FIELD_DUPLICATED'])
    }
    expect(upstream.news()).toEqual([])
  })

  it('cookies that were split are one again', async () => {
    await sendFrames(gateway.port, [...HEAD, 'cookie', 'a=1', 'cookie', 'b=2'])
    expect(upstream.news()[0]?.all('cookie')).toEqual(['a=1; b=2'])
  })

  it.each([
    ['', 204],
    ['a body', 204],
  ])('OPTIONS * is answered here, with "%s"', async (body, status) => {
    const head = pseudoFields('OPTIONS', '*')
    const answer = await sendFrames(gateway.port, head, body === '' ? undefined : body)
    expect([answer.status, upstream.news()]).toEqual([status, []])
  })

  it('the settings bound what a client may ask for', async () => {
    const settings = await openHttp2(gateway.port)
    await new Promise((resolve) => settings.once('remoteSettings', resolve))
    expect(settings.remoteSettings).toMatchObject({ enablePush: false, maxConcurrentStreams: 100 })
    settings.close()
  })

  it('a client that is always at its limit of streams has none refused', async () => {
    for (let round = 0; round < 12; round++) {
      const session = await openHttp2(gateway.port)
      const calls = Array.from({ length: 300 }, () =>
        callOn(session, { path: '/accounts', fields: credentials('/accounts') }),
      )
      expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true)
      session.close()
    }
  })

  it('a flood of streams that are reset at once hurts nobody', async () => {
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    const octets = [opening()]
    const cancel = Buffer.from([0, 0, 0, 8])
    for (let stream = 1; stream < 4000; stream += 2)
      octets.push(frame(0x1, 0x5, stream, literals(HEAD)), frame(0x3, 0, stream, cancel))
    socket.write(Buffer.concat(octets))
    await new Promise((resolve) => {
      socket.once('close', resolve)
      setTimeout(resolve, 1500)
    })
    socket.destroy()
    expect((await gateway.call({ path: '/status', version: '2' })).status).toBe(200)
    expect(upstream.news().length).toBeLessThan(1500)
  })

  it.each([
    ['settings', frame(0x4, 0, 0)],
    ['pings', frame(0x6, 0, 0, Buffer.alloc(8))],
    ['room', frame(0x8, 0, 0, Buffer.from([0, 0, 0, 1]))],
    ['room for a stream, none of it', frame(0x8, 0, 1, Buffer.alloc(4))],
    ['priorities', frame(0x2, 0, 1, Buffer.from([0, 0, 0, 3, 16]))],
    ['a stream that depends on itself', frame(0x2, 0, 1, Buffer.from([0, 0, 0, 1, 16]))],
    ['an unknown frame', frame(0xff, 0, 0)],
  ])('a flood of %s hurts nobody', async (_, each) => {
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    const flood = Buffer.concat(Array.from({ length: 20_000 }, () => each))
    socket.write(opening(frame(0x1, 0x5, 1, literals(HEAD)), flood))
    await new Promise((resolve) => {
      socket.once('close', resolve)
      setTimeout(resolve, 300)
    })
    socket.destroy()
    expect((await gateway.call({ path: '/status', version: '2' })).status).toBe(200)
    expect(upstream.news().length).toBeLessThanOrEqual(2)
  })

  it('streams that a client has us reset, one after another, hurt nobody (CVE-2025-8671)', async () => {
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    socket.resume()
    const octets = [opening()]
    for (let stream = 1; stream < 4000; stream += 2)
      octets.push(frame(0x1, 0x5, stream, literals(HEAD)), frame(0x8, 0, stream, Buffer.alloc(4)))
    socket.write(Buffer.concat(octets))
    await new Promise((resolve) => {
      socket.once('close', resolve)
      setTimeout(resolve, 1_500)
    })
    socket.destroy()
    expect((await gateway.call({ path: '/status', version: '2' })).status).toBe(200)
    expect(upstream.news().length).toBeLessThan(1500)
  })

  it('fields without an end hurt nobody', async () => {
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    const part = literals(['x-a', 'y'.repeat(8000)])
    socket.write(opening(frame(0x1, 0x1, 1, literals(HEAD))))
    let open = true
    socket.once('close', () => {
      open = false
    })
    for (let at = 0; at < 400 && open; at++) {
      socket.write(frame(0x9, 0, 1, part))
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.destroy()
    expect((await gateway.call({ path: '/status', version: '2' })).status).toBe(200)
  })

  it('and nothing of it is left under way', async () => {
    await expect.poll(() => gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
  })
})

/** The head of a good request with one pseudo-header field changed. */
function but(name: string, value: string): string[] {
  return HEAD.map((each, at) => (HEAD[at - 1] === name && at % 2 === 1 ? value : each))
}
