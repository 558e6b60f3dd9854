import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** Why a connection ended before TLS was done. */
export interface HandshakeFailure {
  /**
   * What TLS has against the client's certificate (`CERT_REVOKED`), else the error of OpenSSL or Node
   * (`ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE`, `ECONNRESET`); `NOTHING_SENT` where the client connected and left, as
   * balancers do to see whether somebody listens; or `PROXY_HEADER_…`, of a balancer's connection that does not say who the client is.
   */
  readonly reason: string
  readonly remoteAddress: string | null
}

/** Who is behind what TLS runs over. */
export interface Clients {
  /** Empty where it is gone. */
  addressOf(transport: Socket): string
  /** Octets. */
  sentBy(transport: Socket): number
}

export function handshakeFailure(error: Error, socket: TLSSocket, clients: Clients): HandshakeFailure {
  // Node has no other way from a TLS socket that is closed to what it ran over, which knows who it was.
  const { _parent: transport = socket } = socket as { readonly _parent?: Socket }
  const address = clients.addressOf(transport)
  return {
    reason: reasonOf(error, socket.authorizationError, clients.sentBy(transport) === 0),
    remoteAddress: address === '' ? null : address,
  }
}

function reasonOf(error: Error, rejected: unknown, isSilent: boolean): string {
  if (typeof rejected === 'string') return rejected
  const { code } = error as NodeJS.ErrnoException
  return isSilent && code === 'ECONNRESET' ? NOTHING_SENT : (code ?? 'UNKNOWN')
}

export const NOTHING_SENT = 'NOTHING_SENT'
/** As OpenSSL calls it. */
export const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'
