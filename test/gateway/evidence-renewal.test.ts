import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { EvidenceRecord } from '../../src/domain/evidence-record.ts'
import { evidenceFolder } from '../support/evidence.ts'
import { call } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { bearerOf } from '../support/wire-tokens.ts'
import { startUpstream } from '../support/wire-upstream.ts'

/** Its connection has no certificate any more; the request was let through by the one that it had. */
it.each(['1.1', '2'] as const)(
  'over HTTP/%s what came of a request names the certificate that it came with, also where its CA was withdrawn meanwhile',
  async (version) => {
    const pki = await pkiFolder()
    let finish = () => {}
    const upstream = await startUpstream((_, response) => {
      finish = () => response.end('ok')
    })
    const kept: EvidenceRecord[] = []
    const gateway = await openInProcess(
      {
        listeners: [{ tls: { client_certificate: 'optional', client_ca: `${pki}/client-ca.pem` } }],
        evidence: { directory: await evidenceFolder() },
        upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
        routes: [
          {
            path: '/accounts',
            upstream: 'bank',
            evidence: 'signatures',
            require: { issuer: 'bank', sender: 'mtls' },
          },
        ],
      },
      {
        evidence: { isReady: true, isOptional: false, append: (record) => void kept.push(record) },
      },
    )
    const certificate = await clientCertificate('client-1')
    const fields = bearerOf(certificate)
    const asked = call({ port: gateway.port, path: '/accounts', fields, certificate, version })
    await expect.poll(() => upstream.seen.length).toBe(1)
    gateway.renew({ clientCa: [readFileSync(join(pki, 'server.pem'), 'utf8')] })
    finish()
    expect((await asked).status).toBe(200)
    await gateway.stop()
    await upstream.close()
    expect(kept.map(({ kind, x5t_s256 }) => [kind, x5t_s256])).toEqual([
      ['request', x5tOf(certificate)],
      ['answer', x5tOf(certificate)],
    ])
    expect(gateway.records.map(({ downstream }) => downstream.raw.peerRejected)).toEqual([null])
  },
)
