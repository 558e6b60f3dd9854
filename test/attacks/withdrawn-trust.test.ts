import { readFileSync } from 'node:fs'
import { connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { SecureVersion } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeAuthority } from '../../certs/issue.ts'
import {
  callOn,
  codeOf,
  gather,
  openHttp2,
  openTls,
  statusesIn,
  UNTIL_CLOSED,
} from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import {
  type ClientCertificate,
  clientCertificate,
  pkiFolder,
  shortList,
  shortLived,
  x5tOf,
} from '../support/wire-pki.ts'
import { certificateToken, HOST } from '../support/wire-tokens.ts'
import { listening, type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

const servers: Server[] = []
let certificate: ClientCertificate
let upstream: RecordingUpstream
let gateway: InProcess

beforeEach(async () => {
  certificate = await clientCertificate('client-1')
  upstream = await startUpstream()
  gateway = await openInProcess({
    listeners: [{ tls: { client_certificate: 'optional', client_ca: `${await pkiFolder()}/client-ca.pem` } }],
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'bank', sender: 'mtls' } }],
  })
})

afterEach(async () => {
  await gateway.stop()
  await upstream.close()
  for (const server of servers) server.close()
})

/**
 * TLS judges a client's certificate by what was trusted when the handshake began, and the client decides how long that takes. One
 * who waits with its half of it until its CA is withdrawn would be trusted as long as the connection lasts.
 */
it('a handshake that began before a CA was withdrawn ends with it', async () => {
  let goOn = () => {}
  let begun = () => {}
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  /** Passes the first words of the client on, and keeps the rest of its handshake back. */
  const relay = await listening((client: Socket) => {
    const inner = connect(gateway.port, '127.0.0.1').on('error', () => {})
    inner.once('close', () => client.destroy())
    client.once('close', () => inner.destroy())
    client.once('data', (hello: Buffer) => {
      inner.write(hello)
      client.pause()
      inner.once('data', (answer: Buffer) => {
        client.write(answer)
        inner.pipe(client)
        begun()
      })
      goOn = () => client.pipe(inner)
    })
  }, servers)
  const asking = openTls(relay, certificate).then(
    (socket) => {
      socket.write(request())
      return gather(socket, UNTIL_CLOSED)
    },
    () => ({ text: '' }),
  )
  await hasBegun
  await withdraw()
  goOn()
  expect((await asking).text).not.toContain('200 OK')
  expect(upstream.seen).toEqual([])
})

/** The same by a connection that is kept busy: it would not be closed as idle. */
it('a request that was half sent before a CA was withdrawn comes without a certificate', async () => {
  const socket = await openTls(gateway.port, certificate)
  const answer = gather(socket, UNTIL_CLOSED)
  socket.write(request().slice(0, -2))
  await wait(100)
  await withdraw()
  socket.write(request().slice(-2))
  expect((await answer).text).not.toContain('200 OK')
  expect(upstream.seen).toEqual([])
})

/** The verdict of a handshake counts as long as what it was judged by, however long its connection is kept. */
it.each(['1.1', '2'] as const)(
  'a revocation list that ends while a connection of HTTP/%s is kept ends its use, where it has a certificate',
  async (version) => {
    const authority = await makeAuthority('CN=client CA', 1)
    const ends = Date.now() + 5_000
    certificate = await shortLived(authority, 3600)
    gateway.renew({ clientCa: [authority.certificate], clientCrl: [await shortList(authority, 5)] })
    const [send, sendBare] = [await keptBy(version), await keptBy(version, null)]
    expect([await send(), await sendBare()]).toEqual(['200', 'MTLS_ABSENT'])
    await wait(ends + 2_500 - Date.now())
    expect([await send(), await sendBare()]).toEqual(['nothing', 'MTLS_ABSENT'])
    expect(await (await keptBy(version))()).toBe('MTLS_UNTRUSTED')
  },
)

/** Revocation lists are not about them: closed, a request that crosses the end of its connection would be lost. */
it.each(['1.1', '2'] as const)(
  'a connection of HTTP/%s without a certificate goes on by other lists, and not by other CAs, by which a client chooses',
  async (version) => {
    const send = await keptBy(version, null)
    expect(await send()).toBe('MTLS_ABSENT')
    const authority = await makeAuthority('CN=client CA', 1)
    gateway.renew({ clientCrl: [await shortList(authority, 60)] })
    expect([await send(), await send()]).toEqual(['MTLS_ABSENT', 'MTLS_ABSENT'])
    await withdraw()
    expect(await send()).toBe('nothing')
  },
)

/** By what TLS 1.3 mends nobody would be safe who is connected already, for as long as he likes. */
it.each(['1.1', '2'] as const)(
  'a connection of HTTP/%s by a version of TLS that is too old now ends, and one by the next goes on',
  async (version) => {
    const [old, next] = await Promise.all([
      keptBy(version, certificate, 'TLSv1.2'),
      keptBy(version, certificate),
    ])
    expect([await old(), await next()]).toEqual(['200', '200'])
    gateway.renew({ minVersion: 'TLSv1.3' })
    expect([await old(), await next()]).toEqual(['nothing', '200'])
  },
)

async function withdraw(): Promise<void> {
  gateway.renew({ clientCa: [readFileSync(join(await pkiFolder(), 'server.pem'), 'utf8')] })
}

function request(persistence = 'close'): string {
  return `GET /accounts HTTP/1.1\r\nhost: ${HOST}\r\nauthorization: ${bearer()}\r\nconnection: ${persistence}\r\n\r\n`
}

function bearer(): string {
  return `Bearer ${certificateToken(x5tOf(certificate))}`
}

/** Sends a request on one and the same connection; gives its status, or the code of the refusal, or that nothing came. */
async function keptBy(
  version: '1.1' | '2',
  shown: ClientCertificate | null = certificate,
  maxVersion: SecureVersion = 'TLSv1.3',
): Promise<() => Promise<string>> {
  if (version === '2') {
    const session = await openHttp2(gateway.port, { ...shown, maxVersion })
    const ask = () => callOn(session, { path: '/accounts', fields: ['authorization', bearer()] })
    return () =>
      ask().then(
        ({ status, code }) => code ?? String(status),
        () => 'nothing',
      )
  }
  const socket = await openTls(gateway.port, { ...shown, maxVersion })
  return async () => {
    socket.write(request('keep-alive'))
    const { text } = socket.destroyed ? { text: '' } : await gather(socket, 100)
    return codeOf(text) ?? String(statusesIn(text)[0] ?? 'nothing')
  }
}
