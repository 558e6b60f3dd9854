import type { CertificateFacts } from '../codec/certificate.ts'
import type { UnixSeconds } from './check.ts'

/** Who the TLS peer is, by its certificate; read once a connection. */
export interface PeerIdentity extends CertificateFacts {
  /** `pki`: the chain led to the listener's client CA. `pop`: any certificate, possession only (RFC 8705 §6.2). */
  readonly mode: 'pki' | 'pop'
  /** DER of the certificate and of those above it, each judged when it is asked for; for upstreams that are given them. */
  readonly chain?: () => IteratorObject<Buffer>
}

/** What a client showed of itself in the handshake. */
export interface Shown {
  /** Null: no certificate, or none that counts. */
  readonly peer: PeerIdentity | null
  /** What TLS has against the certificate that was shown, in the words of OpenSSL (`CERT_REVOKED`) or ours; null: nothing, or none was. */
  readonly peerRejected: string | null
}

export const NOTHING_SHOWN: Shown = Object.freeze({ peer: null, peerRejected: null })

/** Whether its certificate is valid now. A connection can outlive it, so each request looks again. */
export function isValid({ notBefore, notAfter }: PeerIdentity, now: UnixSeconds): boolean {
  return notBefore <= now && now <= notAfter
}
