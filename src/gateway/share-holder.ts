import type { AccessToken } from '../verify/access-token/token.ts'
import { networkOf } from './connection-guard.ts'
import type { Exchange } from './exchange.ts'

/**
 * Who has a share of what all have in common: the client of the token, under its issuer, for two issuers may give two clients one name;
 * else the network that the request came from.
 */
export function shareHolder(token: Pick<AccessToken, 'issuer' | 'clientId'> | null, address: string): string {
  return token === null || token.clientId === null ? networkOf(address) : `${token.issuer} ${token.clientId}`
}

/** Whose share a request takes: of an upstream's connections, of the memory for bodies, of places to wait. */
export function clientOf({ evidence, downstream }: Exchange): string {
  return shareHolder(evidence.token, downstream.connection.remoteAddress)
}

/** Whose share a question takes that is asked before a token is known to be anybody's: of a certificate that we trust, else of a network. */
export function askerOf({ downstream }: Pick<Exchange, 'downstream'>): string {
  const { peer } = downstream.raw
  return peer?.mode === 'pki' ? peer.thumbprint : networkOf(downstream.connection.remoteAddress)
}
