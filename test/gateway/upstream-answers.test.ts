import type { Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { listening } from '../support/wire-upstream.ts'

/** What it is, what the upstream says, and the status. */
type Case = readonly [string, string, number]

const OK = 'HTTP/1.1 200 OK\r\n'

/** What an upstream may say, and the status that a client then sees, over HTTP/1.1 as over HTTP/2. What cannot be told is 502. */
const ANSWERS: readonly Case[] = [
  [
    'early hints before the answer',
    `HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    200,
  ],
  [
    'a switch of protocols, unasked',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    502,
  ],
  [
    'a field that may come once, twice',
    `${OK}Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 2\r\n\r\nok`,
    502,
  ],
  ['an ETag twice', `${OK}ETag: "a"\r\nETag: "b"\r\nContent-Length: 2\r\n\r\nok`, 502],
  [
    'a list in two lines',
    `${OK}Content-Language: de\r\nContent-Language: fr\r\nContent-Length: 2\r\n\r\nok`,
    200,
  ],
  [
    'a value that is the name of another field',
    `${OK}Vary: etag\r\nETag: "a"\r\nContent-Length: 2\r\n\r\nok`,
    200,
  ],
  ['a control character in a value', `${OK}X-A: b\x01c\r\nContent-Length: 2\r\n\r\nok`, 502],
  ['octets beyond ASCII in a value', `${OK}X-A: b\xe9c\r\nContent-Length: 2\r\n\r\nok`, 200],
  ['a name with a colon before it', `${OK}:status: 500\r\nContent-Length: 2\r\n\r\nok`, 502],
  [
    'a name that HTTP/2 forbids',
    `${OK}TE: gzip\r\nHTTP2-Settings: x\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nok`,
    200,
  ],
  ['too early', 'HTTP/1.1 425 Too Early\r\nContent-Length: 2\r\n\r\nok', 425],
  ['a status that nobody knows', 'HTTP/1.1 299 Fine\r\nContent-Length: 2\r\n\r\nok', 299],
  ['what proxies ask for', 'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n', 502],
  ['a status beyond all classes', 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok', 502],
  ['a status of two digits', 'HTTP/1.1 20 Short\r\nContent-Length: 2\r\n\r\nok', 502],
  ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`, 502],
  [
    'length and chunks',
    `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    502,
  ],
  ['a folded field', `${OK}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok`, 502],
  ['fields without an end', `${OK}X-A: ${'b'.repeat(200_000)}`, 502],
  ['an answer that ends with the connection', `${OK}\r\nok`, 200],
  ['more than it announced', `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n`, 200],
  ['205 with content', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok', 205],
  [
    '205 with chunks',
    'HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    205,
  ],
  ['205 without any', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', 205],
  ['204 with a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok', 204],
]

describe('what upstreams answer', () => {
  const servers: Server[] = []
  let gateway: TestGateway
  let answer = ''

  beforeAll(async () => {
    const port = await listening(
      (socket) => void socket.on('data', () => socket.end(Buffer.from(answer, 'latin1'))),
      servers,
    )
    const endless = await listening((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n')
        const drip = setInterval(() => socket.write('2\r\nok\r\n'), 20)
        socket.on('error', () => {}).on('close', () => clearInterval(drip))
      })
    }, servers)
    const late = await listening(
      (socket) =>
        void socket.on('data', () => socket.write('HTTP/1.1 205 Reset\r\nContent-Length: 2\r\n\r\n')),
      servers,
    )
    gateway = await startGateway({
      upstreams: {
        odd: { url: `http://127.0.0.1:${port}`, timeout: '3s' },
        endless: { url: `http://127.0.0.1:${endless}`, timeout: '3s' },
        late: { url: `http://127.0.0.1:${late}`, timeout: '3s' },
      },
      routes: ['odd', 'endless', 'late'].map((upstream) => ({
        path: `/${upstream}`,
        upstream,
        danger_public: true,
      })),
    })
  })

  afterAll(async () => {
    const idle = async () => expect(await gateway.metrics()).toContain('\nholdfast_in_flight 0\n')
    await vi.waitFor(idle, { timeout: 45_000, interval: 100 })
    expect(gateway.lines().filter(({ code }) => code === 'INTERNAL_FAULT')).toEqual([])
    await gateway.stop()
    for (const server of servers) server.close()
  })

  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it.each(ANSWERS.map((each) => ({ what: each[0], each })))('$what', async ({ each }) => {
      const [, octets, expected] = each
      answer = octets
      const got = await gateway.call({ path: '/odd', version })
      expect(got.status).toBe(expected)
      if (expected === 502) expect(got.code).toBe('UPSTREAM_BROKEN')
      if (expected === 200) expect(got.body).toBe('ok')
      if (expected === 204 || expected === 205) expect(got.body).toBe('')
    })

    it('205 whose content never ends', async () => {
      const got = await gateway.call({ path: '/endless', version })
      expect([got.status, got.body]).toEqual([205, ''])
    })

    it('205 whose content does not come, as often as it is asked for', async () => {
      for (let time = 0; time < 2; time++) {
        const got = await gateway.call({ path: '/late', version })
        expect([got.status, got.body]).toEqual([205, ''])
      }
    })
  })
})
