import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Server } from 'node:net'
import { join } from 'node:path'
import { createServer as createTls, type TLSSocket } from 'node:tls'
import { afterAll, expect, it } from 'vitest'
import { ROUTES, startGateway } from '../support/gateway.ts'
import { pkiFolder } from '../support/wire-pki.ts'
import { listening } from '../support/wire-upstream.ts'

/** Somebody between the gateway and its upstream cannot write into a TLS connection, but can end it when he likes. */
const servers: Server[] = []
let answer = ''
let ends: 'by the upstream' | 'by somebody else' = 'by the upstream'

const pki = await pkiFolder()
const read = (name: string) => readFileSync(join(pki, name), 'utf8')
const tls = createTls({ cert: read('server.pem'), key: read('server-key.pem') }, (socket: TLSSocket) => {
  socket.on('error', () => {})
  socket.once('data', () => {
    socket.write(answer)
    if (ends === 'by the upstream') socket.end()
  })
}).listen(0, '127.0.0.1')
servers.push(tls)
await once(tls, 'listening')
const between = await listening((socket) => {
  const on = connect((tls.address() as AddressInfo).port, '127.0.0.1')
  on.on('error', () => {})
  socket.pipe(on)
  on.on('data', (octets) => socket.write(octets))
  on.on('close', () => socket.end())
  if (ends === 'by somebody else') setTimeout(() => socket.end(), 300)
}, servers)
const gateway = await startGateway({
  upstreams: { bank: { url: `https://localhost:${between}`, ca: join(pki, 'server-ca.pem') } },
  routes: ROUTES,
})
afterAll(async () => {
  await gateway.stop()
  for (const server of servers) server.close()
})

it.each([
  ['no length', 'HTTP/1.1 200 OK\r\n\r\n{"balance":1', 'by the upstream'],
  ['no length', 'HTTP/1.1 200 OK\r\n\r\n{"balance":1', 'by somebody else'],
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"balance":1', 'by somebody else'],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{"balance":1\r\n',
    'by somebody else',
  ],
] as const)(
  'an answer of %s is not taken for whole where it may have been cut: %j, ended %s',
  async (_, text, by) => {
    answer = text
    ends = by
    const taken = await gateway.call({ path: '/status' }).then(
      ({ status, code }) => `${status} ${code}`,
      () => 'broken off',
    )
    expect(['502 UPSTREAM_BROKEN', 'broken off']).toContain(taken)
  },
)
