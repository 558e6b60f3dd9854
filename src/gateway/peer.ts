import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { ownText } from '../codec/own-text.ts'
import { shownBy } from '../decision/node-request.ts'
import type { PeerIdentity, Shown } from '../domain/peer-identity.ts'

/**
 * The identity of the TLS peer, read once a connection. In `pki` mode a certificate that TLS could not verify counts as
 * none, and why is kept for the record; in `pop` mode the handshake has proved possession, which is all that is asked.
 */
export function readPeer(socket: TLSSocket, mode: PeerIdentity['mode']): Shown {
  const certificate = socket.getPeerX509Certificate()
  const shown = shownBy(certificate, socket, mode)
  if (certificate === undefined || shown.peer === null) return shown
  return { peer: { ...shown.peer, chain: () => chainOf(certificate) }, peerRejected: null }
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

/** IPv4 in IPv6 clothes is IPv4 (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? ownText(address.slice(7)) : address
}

/** Certificates: real ones have three or four. */
const LONGEST_CHAIN = 8
