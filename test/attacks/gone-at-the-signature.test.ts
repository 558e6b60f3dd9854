import { hash } from 'node:crypto'
import type { Server, Socket } from 'node:net'
import { type TLSSocket, Server as TlsServer } from 'node:tls'
import { afterEach, expect, it, vi } from 'vitest'
import { openTls } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { signedFields, signedUpTo4KiB } from '../support/wire-signature.ts'
import { HOST } from '../support/wire-tokens.ts'
import { listening } from '../support/wire-upstream.ts'

const servers: Server[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const server of servers.splice(0)) server.close()
})

/** Of a socket that is reset Node says nothing until the end of the turn, and answers are signed before that. */
it('a client that goes away as its long answer is signed leaves no connection to the upstream behind', async () => {
  const body = Buffer.alloc(1_000_000, 'x')
  const digest = `sha-256=:${hash('sha256', body, 'base64')}:`
  const asked = Promise.withResolvers<Socket>()
  const port = await listening((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nContent-Digest: ${digest}\r\n\r\n`)
      socket.write(body)
      asked.resolve(socket)
    })
  }, servers)
  let client: TLSSocket | undefined
  const emit = TlsServer.prototype.emit
  vi.spyOn(TlsServer.prototype, 'emit').mockImplementation(function (this: TlsServer, event, ...args) {
    if (event === 'secureConnection') client = args[0]
    return emit.call(this, event as string, ...args)
  })
  const sign = () => {
    client?.destroy()
    return Buffer.alloc(64)
  }
  const signer = { keyId: 'ours', algorithm: 'ES256', sign } as const
  const gateway = await openInProcess(await signedUpTo4KiB(port), {
    signer: { current: () => signer, algorithms: () => ['ES256'] },
  })
  const fields = signedFields({ method: 'GET', path: '/signed', body: '' })
  const lines = fields.map((text, at) => text + (at % 2 === 0 ? ': ' : '\r\n')).join('')
  const socket = await openTls(gateway.port)
  socket.write(`GET /signed HTTP/1.1\r\nHost: ${HOST}\r\n${lines}\r\n`)
  const upstream = await asked.promise
  await expect.poll(() => upstream.destroyed).toBe(true)
  expect(gateway.records.map(({ gone }) => gone)).toEqual([true])
  await gateway.stop()
})
