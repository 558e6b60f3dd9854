import { constants } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { INBOUND_SUITES } from '../services/tls/suites.ts'

/** How a listener speaks TLS. */
export interface ListenerTls {
  /** PEM. */
  readonly certificate: string
  readonly privateKey: string
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly clientCertificate: 'none' | 'optional' | 'required'
  readonly mode: 'pki' | 'pop'
  readonly clientCa: readonly string[]
  readonly clientCrl: readonly string[]
}

/**
 * BCP 195 and FAPI2-SP §5.2.2: TLS 1.3 first, of TLS 1.2 the four recommended suites, no renegotiation, no compression, no
 * 0-RTT. A listener that asks for certificates issues no tickets: a resumed session would bring an old verdict back
 * (CVE-2025-23419), and Node lets it cross from one trust into another.
 */
export function tlsOptions(tls: ListenerTls, handshakeTimeout: number): TlsOptions {
  const asks = tls.clientCertificate !== 'none'
  return {
    cert: tls.certificate,
    key: tls.privateKey,
    minVersion: tls.minVersion,
    maxVersion: 'TLSv1.3',
    ciphers: INBOUND_SUITES,
    honorCipherOrder: true,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout,
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION |
      constants.SSL_OP_NO_COMPRESSION |
      (asks ? constants.SSL_OP_NO_TICKET : 0),
    requestCert: asks,
    rejectUnauthorized: tls.clientCertificate === 'required' && tls.mode === 'pki',
    ...(tls.mode === 'pki' ? { ca: [...tls.clientCa], crl: [...tls.clientCrl] } : {}),
  }
}
