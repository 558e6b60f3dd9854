import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { parseCertificate } from '../../src/codec/certificate.ts'
import { BANK, ROUTES, startGateway } from '../support/gateway.ts'
import { published } from '../support/keys.ts'
import { onCurve, withFalseIssuer, written } from '../support/wire-pki.ts'
import { bearerOf, credentials, issuerKey } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const { gateway, stop } = await startWithUpstream({
  listeners: [{ tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } }],
  routes: ROUTES,
})
afterAll(stop)

/**
 * The platform tells of a certificate how NIST calls the curve of its key, and ends the process where NIST does not call it anything: one
 * handshake of anybody would have been enough. The curves are those that TLS 1.3 takes a client's certificate with (RFC 8734).
 */
describe('a client certificate whose key is on a curve without a name of NIST', () => {
  it.each(['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1'])(
    'is like any other: %s',
    async (curve) => {
      const certificate = await onCurve(curve)
      const fields = bearerOf(certificate)
      expect((await gateway.call({ path: '/accounts', fields, certificate })).status).toBe(200)
      expect((await gateway.call({ path: '/accounts', fields })).code).toBe('MTLS_ABSENT')
    },
  )

  it('is read also where TLS would not have it', async () => {
    const { raw } = new X509Certificate((await onCurve('secp256k1')).cert)
    expect(parseCertificate(raw)?.attributes).toEqual(new Map([['CN', ['on secp256k1']]]))
  })
})

/** Whoever has a certificate that is trusted, as a client whose keys are fetched from it has, may send any other beside it. */
it('an upstream, and a server that is asked for keys, may send such a certificate beside their own', async () => {
  const { ca, ...certificate } = await withFalseIssuer('brainpoolP256r1')
  const server = createServer(certificate, (_, response) =>
    response.end(JSON.stringify(published(issuerKey()))),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  const trust = { ca: await written(ca) }
  const calling = await startGateway({
    issuers: { bank: { ...BANK, jwks_file: undefined, jwks_uri: `${url}/keys`, ...trust } },
    upstreams: { bank: { url, ...trust } },
    routes: ROUTES,
  })
  expect((await calling.call({ path: '/accounts', fields: credentials() })).status).toBe(200)
  await calling.stop()
  server.close()
})
