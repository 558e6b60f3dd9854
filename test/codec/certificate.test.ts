import '../../certs/reflect-metadata.ts'
import { webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { certificatesIn, parseCertificate, thumbprintOf } from '../../src/codec/certificate.ts'
import { vectors } from '../support/vectors.ts'

interface Rfc8705 {
  readonly rfc8705: { readonly certificate_pem: string; readonly 'x5t#S256': string }
}

const { rfc8705 } = vectors<Rfc8705>('rfc-examples/rfc-examples.json')
const der = Buffer.from(new X509Certificate(rfc8705.certificate_pem).raw)

describe('the certificate of RFC 8705 appendix A', () => {
  it('has the thumbprint that the appendix states', () => {
    expect(thumbprintOf(der)).toBe(rfc8705['x5t#S256'])
  })

  it('is read', () => {
    expect(parseCertificate(der)).toEqual({
      thumbprint: rfc8705['x5t#S256'],
      subject: 'CN=mtls',
      attributes: new Map([['CN', ['mtls']]]),
      roles: [],
      notBefore: Date.UTC(2018, 9, 18, 12, 37, 9) / 1000,
      notAfter: Date.UTC(2022, 4, 2, 12, 37, 9) / 1000,
    })
  })
})

describe('parseCertificate', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a certificate', der.subarray(0, 100)],
    ['other octets', Buffer.from('hello')],
  ])('refuses %s', (_, octets) => {
    expect(parseCertificate(octets)).toBeUndefined()
  })

  it('has what the subject says by name, unescaped, in its order, however often', async () => {
    const subject = [
      { CN: ['a, b+c'] },
      { OU: ['Consumer Data Right'] },
      { OU: ['CN=somebody\nelse'] },
      { '2.5.4.97': ['PSDDE-BAFIN-123456'] },
      { '0.9.2342.19200300.100.1.1': ['c6a0'] },
    ]
    const facts = parseCertificate(Buffer.from((await selfSigned(subject)).rawData))
    expect(Object.fromEntries(facts?.attributes ?? [])).toEqual({
      CN: ['a, b+c'],
      OU: ['Consumer Data Right', 'CN=somebody\nelse'],
      organizationIdentifier: ['PSDDE-BAFIN-123456'],
      UID: ['c6a0'],
    })
  })

  it('has the subject in one line, or none', async () => {
    const parsed = async (name: x509.JsonName) =>
      parseCertificate(Buffer.from((await selfSigned(name)).rawData))
    expect((await parsed([{ C: ['DE'] }, { CN: ['tpp'] }]))?.subject).toBe('C=DE, CN=tpp')
    expect(await parsed([])).toMatchObject({ subject: '', attributes: new Map() })
  })

  it('hashes the octets that were presented, not what was read of them', () => {
    expect(thumbprintOf(Buffer.concat([der, Buffer.of(0)]))).not.toBe(rfc8705['x5t#S256'])
  })
})

it('finds each certificate of a PEM text', () => {
  const { certificate_pem: pem } = rfc8705
  const key = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----'
  const found = certificatesIn(`bank:\n${pem}\n${key}\n${pem}\n-----BEGIN CERTIFICATE-----\nAA==`)
  expect(found.map((each) => new X509Certificate(each).raw)).toEqual([der, der])
  expect(certificatesIn(key)).toEqual([])
})

async function selfSigned(name: x509.JsonName): Promise<x509.X509Certificate> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  return x509.X509CertificateGenerator.createSelfSigned({ serialNumber: '01', name, keys })
}
