import type { UnixSeconds } from './check.ts'

/** Who the TLS peer is, by its certificate; read once a connection. */
export interface PeerIdentity {
  /** SHA-256 of the DER octets, base64url: compared with `cnf.x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string
  readonly subject: string
  /** Of the subject: `CN`, `UID`, `organizationIdentifier`. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** Unix seconds. A connection can outlive its certificate, so each request looks again. */
  readonly notBefore: number
  readonly notAfter: number
  /** `pki`: the chain led to the listener's client CA. `pop`: any certificate, possession only (RFC 8705 §6.2). */
  readonly mode: 'pki' | 'pop'
  /** DER of the certificate and of those above it, each judged when it is asked for; for upstreams that are given them. */
  readonly chain?: () => IteratorObject<Buffer>
}

/** Whether its certificate is valid now. */
export function isValid({ notBefore, notAfter }: PeerIdentity, now: UnixSeconds): boolean {
  return notBefore <= now && now <= notAfter
}
