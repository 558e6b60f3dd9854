import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Signer } from '../../src/domain/ports.ts'
import { signatureOf } from '../support/jws.ts'
import { aKey } from '../support/keys.ts'
import { call, openHttp2, openTls, pseudoFields } from '../support/wire-client.ts'
import { readSlowly } from '../support/wire-h2.ts'
import { type Faults, type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, digestOf, signedFields } from '../support/wire-signature.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

let upstream: RecordingUpstream
let gateway: InProcess

let answers: ((response: ServerResponse) => void) | null = null

beforeEach(async () => {
  answers = null
  upstream = await startUpstream((request, response) => {
    if (answers !== null) return answers(response)
    response.setHeader('content-type', 'text/plain')
    const body = 'x'.repeat(Number(request.headers['x-octets'] ?? 10))
    if (request.headers['x-digested'] === undefined) return void response.end(body)
    // How long it is shows only as it comes.
    response.setHeader('content-digest', digestOf(body)).write(body)
    response.end()
  })
})

afterEach(async () => {
  await gateway.stop()
  await upstream.close()
})

async function open(faults: Faults, more: object = {}) {
  const pki = await pkiFolder()
  gateway = await openInProcess(
    {
      clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
      signing: { key: `${pki}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/signed', upstream: 'bank', require: { issuer: 'bank', signature: 'fapi2' } }],
      ...more,
    },
    faults,
  )
}

const send = (version: '1.1' | '2', more: readonly string[] = []) =>
  call({ port: gateway.port, version, path: '/signed', fields: signedFields({ more }) })

/** A budget without end (or of so many octets), and what of it is in use. */
function countedBudget(limit = Number.POSITIVE_INFINITY) {
  let taken = 0
  const bodies = {
    take: (octets: number) => {
      if (taken + octets > limit) return false
      taken += octets
      return true
    },
    give: (octets: number) => {
      taken -= octets
    },
  }
  return { bodies: { of: () => bodies }, taken: () => taken }
}

const KEY = aKey('ES256', 'hsm')
/** A key that is elsewhere. */
const remote = (sign: Signer['sign']) => ({
  signer: {
    current: (): Signer => ({ keyId: 'hsm', algorithm: 'ES256', sign }),
    algorithms: (): readonly ['ES256'] => ['ES256'],
  },
})

describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
  it('a key that is elsewhere signs as one that is here', async () => {
    await open(
      remote(async (octets) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return signatureOf(Buffer.from(octets).toString('latin1'), KEY)
      }),
    )
    const answer = await send(version)
    expect([answer.status, answer.body]).toEqual([200, 'x'.repeat(10)])
    expect(answer.all('signature-input')[0]).toContain('keyid="hsm"')
    expect(gateway.records[0]!.answerSignatures).toMatchObject([{ keyId: 'hsm', algorithm: 'ES256' }])
    expect(gateway.records[0]!.evidence.signatures).toHaveLength(1)
  })

  it('SIG_SIGNER_FAILED where it cannot, and nothing of the answer goes out', async () => {
    await open(remote(() => Promise.reject(new Error('the HSM is away'))))
    const answer = await send(version)
    expect([answer.status, answer.code, answer.all('signature')]).toEqual([502, 'SIG_SIGNER_FAILED', []])
    expect(upstream.news()).toHaveLength(1)
    expect(gateway.records[0]!.detail).toContain('the HSM is away')
  })

  it('one answer is given where the upstream breaks off while a long one is being signed', async () => {
    const waiting: (() => void)[] = []
    const sign: Signer['sign'] = (octets) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(signatureOf(Buffer.from(octets).toString('latin1'), KEY)))
      })
    const head = `HTTP/1.1 200 OK\r\ncontent-digest: ${digestOf('')}\r\ncontent-length: 20000\r\n\r\n`
    let breakOff = () => {}
    answers = ({ socket }) => {
      socket?.write(head)
      breakOff = () => void socket?.end()
    }
    const limits = { held_answer_size: '1KiB' }
    const require = { issuer: 'bank', signature: 'fapi2' }
    await open(remote(sign), { routes: [{ path: '/signed', upstream: 'bank', require, limits }] })
    const answer = send(version)
    await expect.poll(() => waiting.length).toBe(1)
    breakOff()
    await expect.poll(() => waiting.length).toBe(2)
    waiting[1]?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
    waiting[0]?.()
    const { status, code, all } = await answer
    expect([status, code, all('signature').length]).toEqual([502, 'UPSTREAM_BROKEN', 1])
    expect(gateway.records.map(({ status }) => status)).toEqual([502])
  })

  it('nothing of an answer that another takes the place of counts as passed on', async () => {
    answers = (response) => {
      response.write('x'.repeat(9_000))
      response.end()
    }
    const limits = { held_answer_size: '4KiB' }
    const require = { issuer: 'bank', signature: 'fapi2' }
    await open({}, { routes: [{ path: '/signed', upstream: 'bank', require, limits }] })
    expect((await send(version)).code).toBe('SIG_ANSWER_TOO_LARGE')
    expect(gateway.records.map(({ bytesOut }) => bytesOut)).toEqual([0])
  })

  it('a head that cannot be passed on is the fault of the upstream', async () => {
    answers = (response) => void response.setHeader('etag', ['"a"', '"b"']).end('x')
    await open({})
    expect((await send(version)).code).toBe('UPSTREAM_BROKEN')
    expect(gateway.records.map(({ status }) => status)).toEqual([502])
  })

  it.each([9000, 20_000])(
    'SIG_ANSWER_NO_ROOM where %i octets may not be held, which are given back',
    async (length) => {
      const { bodies, taken } = countedBudget(8192)
      await open({ bodies })
      const answer = await send(version, ['x-octets', String(length)])
      expect([answer.status, answer.code, answer.all('signature').length]).toEqual([
        503,
        'SIG_ANSWER_NO_ROOM',
        1,
      ])
      expect((await send(version)).status).toBe(200)
      await expect.poll(taken).toBe(0)
    },
  )
})

it.each([100, 200_000])(
  '%i octets are given back when the client has taken them, and one that takes none is let go (HTTP/2)',
  async (length) => {
    const { bodies, taken } = countedBudget()
    await open({ bodies }, { listeners: [{ limits: { idle_timeout: '1s' } }] })
    const session = await openHttp2(gateway.port)
    session.settings({ initialWindowSize: 10 })
    await new Promise((resolve) => session.once('localSettings', resolve))
    const [name, value] = ['x-octets', String(length)]
    const stream = session.request([
      ...pseudoFields('GET', '/signed'),
      ...signedFields({ more: [name, value] }),
    ] as never)
    const ended = new Promise((resolve) => stream.once('close', resolve))
    stream.on('error', () => {})
    await new Promise((resolve) => stream.once('response', resolve))
    expect(taken()).toBeGreaterThanOrEqual(length)
    const pings = setInterval(() => session.ping(() => {}), 100)
    await expect.poll(taken).toBe(0)
    stream.resume()
    await ended
    clearInterval(pings)
    session.close()
    expect(stream.rstCode).not.toBe(0)

    expect((await send('1.1', [name, value])).body).toHaveLength(length)
    expect((await send('2', [name, value])).body).toHaveLength(length)
    await expect.poll(taken).toBe(0)
  },
)

it.each([
  ['held', '1MiB', []],
  ['too long to be held', '500KiB', ['x-digested', '']],
])(
  'an answer that is %s is whole for a client that takes part after part in its time (HTTP/2)',
  async (_, most, more) => {
    const { bodies, taken } = countedBudget()
    const limits = { held_answer_size: most }
    const require = { issuer: 'bank', signature: 'fapi2' }
    await open(
      { bodies },
      {
        // Less than it takes for all of it, and much more than for a part.
        listeners: [{ limits: { idle_timeout: '3s' } }],
        routes: [{ path: '/signed', upstream: 'bank', require, limits }],
      },
    )
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    const length = 600_000
    const head = pseudoFields('GET', '/signed')
    const fields = signedFields({ more: ['x-octets', String(length), ...more] })
    const read = readSlowly(socket, [...head, ...fields], 400)
    await expect.poll(() => read.isReset || read.taken === length).toBe(true)
    expect([read.isReset, read.taken]).toEqual([false, length])
    await expect.poll(taken).toBe(0)
    socket.destroy()
  },
)
