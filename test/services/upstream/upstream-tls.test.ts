import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { makeAuthority } from '../../../certs/issue.ts'
import { Upstream, type UpstreamOptions } from '../../../src/services/upstream/upstream.ts'
import { clientCertificate, pkiFolder } from '../../support/wire-pki.ts'
import { ask } from './upstream-that.ts'

let pki: string

beforeAll(async () => {
  pki = await pkiFolder()
})

function read(name: string): string {
  return readFileSync(join(pki, name), 'utf8')
}

function optionsFor(port: number): UpstreamOptions {
  return {
    url: `https://localhost:${port}`,
    socketPath: null,
    timeout: 2_000,
    connectTimeout: 2_000,
    connections: 1,
    ca: read('server-ca.pem'),
    certificate: null,
    privateKey: null,
  }
}

/** What becomes of one request to an upstream that speaks TLS like this: the body of its answer, or the error's code. */
async function reach(server: ServerOptions, changes: Partial<UpstreamOptions> = {}): Promise<string> {
  const tls = { cert: read('server.pem'), key: read('server-key.pem'), ...server }
  const listening = createServer(tls, ({ socket }, response) => {
    const shown = (socket as TLSSocket).getPeerX509Certificate()?.subject ?? 'nobody'
    response.end(`${(socket as TLSSocket).getProtocol()} ${shown}`)
  }).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const upstream = new Upstream({ ...optionsFor(port), ...changes })
  try {
    return await ask(upstream, { fields: ['host', upstream.authority] })
  } finally {
    upstream.close()
    listening.close()
    listening.closeAllConnections()
  }
}

describe('an upstream over TLS', () => {
  it('gives nobody who waits what came in the record behind an answer', async () => {
    const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`
    let connections = 0
    const server = createTlsServer({ cert: read('server.pem'), key: read('server-key.pem') }, (socket) => {
      connections++
      socket.on('data', (octets) => {
        // A record holds 16,384 octets.
        const full = answer('x'.repeat(16_384 - answer('').length - 4))
        const isFirst = octets.toString('latin1').startsWith('GET /long ')
        socket.write(isFirst ? full + answer('another') : answer('ok'))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const upstream = new Upstream(optionsFor(port))
    const [long, next] = await Promise.all(['/long', '/'].map((target) => ask(upstream, { target })))
    expect([long?.length, next, connections]).toEqual([16_342, 'ok', 2])
    upstream.close()
    server.close()
  })

  it('is not believed where nothing but the end of the connection ends its answer, for anybody may have cut that', async () => {
    const server = createTlsServer({ cert: read('server.pem'), key: read('server-key.pem') }, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nhalf'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const upstream = new Upstream(optionsFor((server.address() as AddressInfo).port))
    expect(await ask(upstream)).toBe('ANSWER_MALFORMED')
    upstream.close()
    server.close()
  })

  it('is spoken to in TLS 1.3, or in TLS 1.2 with the suites of FAPI2-SP §5.2.2', async () => {
    expect(await reach({})).toBe('TLSv1.3 nobody')
    for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
      expect(await reach({ maxVersion: 'TLSv1.2', ciphers })).toBe('TLSv1.2 nobody')
  })

  it.each(['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES128-CCM'])(
    'is not spoken to with %s',
    async (ciphers) => {
      expect(await reach({ maxVersion: 'TLSv1.2', ciphers })).toMatch(/HANDSHAKE_FAILURE/)
    },
  )

  it('is not spoken to in TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    expect(await reach(old)).toMatch(/PROTOCOL|HANDSHAKE/)
  })

  it('must show a certificate of its name, from a CA that we were told of', async () => {
    const authority = await makeAuthority('CN=another server CA', 1)
    // Also where it has no name but the common one, which RFC 9525 §2 has nobody look at.
    for (const dns of [['other.example'], []]) {
      const { certificate, key } = await authority.issue({
        subject: 'CN=localhost',
        usage: 'serverAuth',
        dns,
      })
      const other = { cert: certificate, key: key.export({ type: 'pkcs8', format: 'pem' }) }
      expect(await reach(other, { ca: authority.certificate })).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    }
    expect(await reach({}, { ca: null })).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/)
  })

  it('must do so whatever the environment says of it', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    expect(await reach({}, { ca: null })).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/)
    vi.unstubAllEnvs()
  })

  it('is shown our certificate, where we have one', async () => {
    const { cert: certificate, key: privateKey } = await clientCertificate('client-1')
    const asking = { requestCert: true, rejectUnauthorized: false }
    expect(await reach(asking, { certificate, privateKey })).toMatch(/client-1$/)
    expect(await reach(asking)).toMatch(/nobody$/)
  })
})
