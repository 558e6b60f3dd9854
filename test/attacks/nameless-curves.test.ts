import { X509Certificate } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { parseCertificate } from '../../src/codec/certificate.ts'
import { ROUTES } from '../support/gateway.ts'
import { onCurve } from '../support/wire-pki.ts'
import { bearerOf } from '../support/wire-tokens.ts'
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
