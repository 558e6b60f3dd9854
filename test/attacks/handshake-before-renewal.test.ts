import { readFileSync } from 'node:fs'
import { connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openTls } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { certificateToken, HOST } from '../support/wire-tokens.ts'
import { listening, startUpstream } from '../support/wire-upstream.ts'

/**
 * TLS judges a client's certificate by what was trusted when the handshake began, and the client decides how long that takes. One
 * who waits with its half of it until its CA is withdrawn would be trusted as long as the connection lasts.
 */
it('a handshake that began before a CA was withdrawn ends with it', async () => {
  const pki = await pkiFolder()
  const upstream = await startUpstream()
  const gateway = await openInProcess(
    {
      listeners: [{ tls: { client_certificate: 'optional', client_ca: `${pki}/client-ca.pem` } }],
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
      routes: [{ path: '/accounts', upstream: 'bank', require: { issuer: 'bank', sender: 'mtls' } }],
    },
    { ledger: { spend: () => 'first' } },
  )
  const servers: Server[] = []
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
  const certificate = await clientCertificate('client-1')
  const asking = openTls(relay, certificate).then(
    (socket) =>
      new Promise<string>((resolve) => {
        let text = ''
        socket.on('data', (part: Buffer) => {
          text += part.toString()
        })
        socket.on('error', () => {})
        socket.once('close', () => resolve(text))
        const bearer = `Bearer ${certificateToken(x5tOf(certificate))}`
        socket.write(
          `GET /accounts HTTP/1.1\r\nhost: ${HOST}\r\nauthorization: ${bearer}\r\nconnection: close\r\n\r\n`,
        )
      }),
    () => 'cut',
  )
  await hasBegun
  gateway.renew({ clientCa: [readFileSync(join(pki, 'server.pem'), 'utf8')] })
  goOn()
  expect(await asking).not.toContain('200 OK')
  expect(upstream.seen).toEqual([])
  await gateway.stop()
  await upstream.close()
  for (const server of servers) server.close()
})
