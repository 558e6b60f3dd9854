import { TLSSocket } from 'node:tls'
import { expect, it, vi } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { callOn, openHttp2 } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { clientCertificate } from '../support/wire-pki.ts'
import { startUpstream } from '../support/wire-upstream.ts'

it('a client certificate is read once a connection, however many requests come', async () => {
  const upstream = await startUpstream()
  const listener = await openInProcess({
    listeners: [{ tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } }],
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: ROUTES,
  })
  const reads = vi.spyOn(TLSSocket.prototype, 'getPeerX509Certificate')
  const session = await openHttp2(listener.port, await clientCertificate('client-1'))
  for (let at = 0; at < 5; at++) expect((await callOn(session, { path: '/status' })).status).toBe(200)
  expect(reads).toHaveBeenCalledTimes(1)
  expect(listener.records[4]?.downstream.connection.peer?.subject).toContain('client-1')
  reads.mockRestore()
  session.close()
  await listener.stop()
  await upstream.close()
})
