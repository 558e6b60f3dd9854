import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { parseCertificate } from '../codec/certificate.ts'
import { ownText } from '../codec/own-text.ts'
import type { PeerIdentity } from '../domain/peer-identity.ts'

export interface ReadPeer {
  readonly peer: PeerIdentity | null
  readonly rejected: string | null
}

/**
 * The identity of the TLS peer, read once a connection. In `pki` mode a certificate that TLS could not verify counts as
 * none, and why is kept for the record; in `pop` mode the handshake has proved possession, which is all that is asked.
 */
export function readPeer(socket: TLSSocket, mode: PeerIdentity['mode']): ReadPeer {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return { peer: null, rejected: null }
  if (mode === 'pki' && !socket.authorized)
    return { peer: null, rejected: reasonOf(socket.authorizationError) }
  const facts = parseCertificate(certificate.raw)
  if (facts === undefined) return { peer: null, rejected: 'the certificate cannot be parsed' }
  return { peer: { ...facts, mode, chain: () => chainOf(certificate) }, rejected: null }
}

/**
 * RFC 9440 §2.3: each has signed the one before it. A client sends what it likes, so what has not is left out with all above it; and so
 * is the anchor, which whoever verifies the chain must have.
 */
function* chainOf(leaf: X509Certificate): Generator<Buffer> {
  yield leaf.raw
  let last = leaf
  for (let length = 1; length < LONGEST_CHAIN; length++) {
    const next = last.issuerCertificate
    if (next === undefined || next.checkIssued(next) || !hasSigned(next, last)) return
    yield next.raw
    last = next
  }
}

function hasSigned(authority: X509Certificate, certificate: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.message
  return typeof error === 'string' ? error : 'the chain does not lead to the client CA'
}

/** IPv4 in IPv6 clothes is IPv4 (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? ownText(address.slice(7)) : address
}

/** Certificates: real ones have three or four. */
const LONGEST_CHAIN = 8
