import { timingSafeEqual } from 'node:crypto'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import { isValid, type Shown } from '../../domain/peer-identity.ts'
import { D } from './denials.ts'

/**
 * RFC 8705 §3: the certificate of the TLS connection must be the one whose thumbprint the token carries. A connection
 * without one is a mismatch, never a reason to skip the check; one that has expired since the handshake counts no more.
 */
export function checkCertificateBinding(
  x5t: string,
  { peer, peerRejected }: Shown,
  now: UnixSeconds,
): Denial | undefined {
  if (peer === null)
    return peerRejected === null ? D.MTLS_ABSENT : (REJECTIONS.get(peerRejected) ?? D.MTLS_UNTRUSTED)
  if (peer.mode === 'pki' && !isValid(peer, now)) return D.MTLS_EXPIRED
  return sameThumbprint(x5t, peer.thumbprint) ? undefined : D.MTLS_THUMBPRINT
}

/** `timingSafeEqual` throws on unequal lengths; both are 43 characters here, and are looked at all the same. */
function sameThumbprint(left: string, right: string): boolean {
  return (
    left.length === right.length && timingSafeEqual(Buffer.from(left, 'latin1'), Buffer.from(right, 'latin1'))
  )
}

/** What OpenSSL calls that which a client can mend by itself. */
const REJECTIONS: ReadonlyMap<string, Denial> = new Map([
  ['CERT_REVOKED', D.MTLS_REVOKED],
  ['CERT_HAS_EXPIRED', D.MTLS_EXPIRED],
  ['CERT_NOT_YET_VALID', D.MTLS_EXPIRED],
])
