import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { completed, type GatewayConfig, ROUTES, startGateway, type TestGateway } from '../support/gateway.ts'
import { openTls, pseudoFields } from '../support/wire-client.ts'
import { frame, literals, opening } from '../support/wire-h2.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const CONNECTIONS = 40
const STREAMS = 100
const ALL = CONNECTIONS * STREAMS
const ELSEWHERE = '127.0.0.9'
/** A file that is not there until a test makes it. */
const FAULT = join(tmpdir(), `holdfast-fault-${process.pid}`)
/** RFC 9113 §6.7. */
const PONG = frame(0x6, 0x1, 0, Buffer.alloc(8)).toString('latin1')

const pki = await pkiFolder()
const certificate = await clientCertificate('client-1')
let upstream: RecordingUpstream
let gateway: TestGateway
let others: TLSSocket[] = []

beforeAll(async () => {
  upstream = await startUpstream()
})

beforeEach(async () => {
  gateway = await startGateway(config(ROUTES), { HOLDFAST_TEST_FAULT: FAULT })
  const options = { localAddress: ELSEWHERE, ALPNProtocols: ['h2'], ...certificate }
  others = await Promise.all(Array.from({ length: CONNECTIONS }, () => openTls(gateway.port, options)))
})

afterAll(() => upstream.close())

const config = (routes: readonly object[], ca = 'client-ca.pem') => ({
  drain_timeout: '200ms',
  listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, ca) } }],
  upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
  routes,
})

async function turnTo(next: GatewayConfig): Promise<void> {
  await writeFile(join(gateway.folder, 'gateway.yaml'), JSON.stringify(await completed(next)))
  const answer = await fetch(`http://127.0.0.1:${gateway.admin}/reload`, { method: 'POST' })
  expect(answer.status).toBe(200)
}

/** On each connection as many requests as there may be; a signature is verified for each. Resolves when all are read. */
async function flood(accessToken = token()): Promise<void> {
  const head = literals([
    ...pseudoFields('GET', '/accounts/other'),
    ...credentials('/accounts/other', { accessToken }),
  ])
  const streams = Array.from({ length: STREAMS }, (_, at) => frame(0x1, 0x5, 2 * at + 1, head))
  const read = others.map(async (socket) => {
    let said = ''
    socket.setEncoding('latin1').on('data', (text) => {
      said += text
    })
    socket.write(opening(...streams, frame(0x6, 0, 0, Buffer.alloc(8))))
    await expect.poll(() => said, { interval: 5 }).toContain(PONG)
  })
  await Promise.all(read)
}

const recorded = () => gateway.lines().filter(({ msg }) => msg === 'request')

it('what waits to be judged when the configuration changes is judged by the next', async () => {
  await flood()
  await turnTo(config(ROUTES.slice(1)))
  expect((await gateway.call({ path: '/accounts/honest' })).status).toBe(404)
  await expect.poll(() => recorded().length).toBe(ALL + 1)
  const statuses = recorded().map(({ status }) => status)
  expect(statuses).toContain(401)
  expect(statuses.lastIndexOf(401)).toBeLessThan(statuses.indexOf(404))
  for (const socket of others) socket.destroy()
  await gateway.stop()
})

it('what waits to be judged when its certificate comes to be trusted no more is judged without it', async () => {
  const { cnf } = JSON.parse(Buffer.from(token().split('.')[1] as string, 'base64url').toString())
  const both = token({ claims: { cnf: { ...cnf, 'x5t#S256': x5tOf(certificate) } } })
  // All of it comes while the thread is held up, so that the next configuration is there before it is done with them.
  await writeFile(FAULT, 'slow')
  await expect.poll(() => existsSync(FAULT), { interval: 5 }).toBe(false)
  await Promise.all([flood(both), turnTo(config(ROUTES, 'as-ca.pem'))])
  await expect.poll(() => recorded().length).toBe(ALL)
  const codes = recorded().map(({ code }) => code)
  expect(codes).toContain('MTLS_UNTRUSTED')
  expect(codes.lastIndexOf('DPOP_REPLAYED')).toBeLessThan(codes.indexOf('MTLS_UNTRUSTED'))
  for (const socket of others) socket.destroy()
  await gateway.stop()
})

it('what waits to be judged when a gateway ends is recorded', async () => {
  await flood()
  await gateway.stop()
  expect(recorded()).toHaveLength(ALL)
})
