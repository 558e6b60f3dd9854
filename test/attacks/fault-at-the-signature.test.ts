import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { Signer } from '../../src/domain/ports.ts'
import { call, gather, openTls, statusesIn, UNTIL_CLOSED } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { clientJwks, digestOf } from '../support/wire-signature.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

let upstream: RecordingUpstream
let gateway: InProcess

afterEach(async () => {
  await gateway.stop()
  await upstream.close()
})

/** A gateway with these routes, whose answers are signed elsewhere. Returns what gives each signature that it waits for. */
async function openSigning(routes: readonly object[]): Promise<(() => void)[]> {
  const owed: (() => void)[] = []
  const sign: Signer['sign'] = () => new Promise((resolve) => void owed.push(() => resolve(Buffer.alloc(64))))
  const signer: Signer = { keyId: 'hsm', algorithm: 'ES256', sign }
  gateway = await openInProcess(
    {
      clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
      signature_profiles: { answers: { request: 'off' } },
      signing: { key: `${await pkiFolder()}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: routes.map((route) => ({ upstream: 'bank', require: REQUIRE, ...route })),
    },
    { signer: { current: () => signer, algorithms: () => ['ES256'] } },
  )
  return owed
}

const REQUIRE = { issuer: 'bank', signature: 'answers' }

it.each([
  ['a refusal', '/refused'],
  ['an answer of the upstream', '/answered'],
])(
  '%s that a key elsewhere still signs is not recorded where the body turns out to be none',
  async (_, path) => {
    upstream = await startUpstream(undefined, (_, response) => {
      response.end('before the body is whole')
      return true
    })
    const owed = await openSigning([
      { path: '/answered' },
      { path: '/refused', require: { ...REQUIRE, scope: 'other' } },
    ])
    const fields = credentials(path, { method: 'POST' })
    const lines = fields.map((text, at) => text + (at % 2 === 0 ? ': ' : '\r\n')).join('')
    const socket = await openTls(gateway.port)
    const told = gather(socket, UNTIL_CLOSED)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${lines}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`,
    )
    await expect.poll(() => owed.length).toBe(1)
    socket.write('not a size\r\n')
    expect(statusesIn((await told).text)).toEqual([400])
    // A refusal is recorded when it is out, an answer of the upstream as soon as nobody is left to take it.
    if (gateway.records.length === 0) for (const give of owed) give()
    await expect.poll(() => gateway.records.length).toBe(1)
    const { status, refused, gone, answer, answerSignatures } = gateway.records[0]!
    expect([status, refused?.code, gone]).toEqual([400, 'FRAMING_BROKEN', false])
    expect([answer, answerSignatures]).toEqual([{ digest: null, body: null }, null])
  },
)

it.each([
  ['1.1', 'first'],
  ['2', 'first'],
  ['1.1', 'last'],
  ['2', 'last'],
] as const)(
  'what the upstream broke off while a key elsewhere signed it is not begun beside our answer in its place, nor recorded, over HTTP/%s, its signature coming %s',
  async (version, comes) => {
    let breakOff = () => {}
    upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-length': 5000, 'content-digest': digestOf('too long to be held') })
      response.flushHeaders()
      breakOff = () => response.destroy()
    })
    const owed = await openSigning([{ path: '/long', limits: { held_answer_size: '4KiB' } }])
    const answer = call({ version, port: gateway.port, path: '/long', fields: credentials('/long') })
    await expect.poll(() => owed.length).toBe(1)
    breakOff()
    await expect.poll(() => owed.length).toBe(2)
    for (const give of comes === 'first' ? owed : owed.toReversed()) {
      give()
      // As long as an answer would take to begin.
      await wait(50)
    }
    const { status, code } = await answer
    expect([status, code]).toEqual([502, 'UPSTREAM_BROKEN'])
    const [signature, ...more] = gateway.records[0]!.answerSignatures ?? []
    expect([signature?.base.split('\n')[0], more]).toEqual(['"@status": 502', []])
  },
)
