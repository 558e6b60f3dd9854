import type { AccessToken } from '../verify/access-token/token.ts'
import { networkOf } from './connection-guard.ts'
import type { Exchange } from './exchange.ts'

/**
 * Who has a share of an upstream's connections: the client of the token, under its issuer, for two issuers may give two clients one
 * name; else the network that the request came from.
 */
export function shareHolder(token: Pick<AccessToken, 'issuer' | 'clientId'> | null, address: string): string {
  return token === null || token.clientId === null ? networkOf(address) : `${token.issuer} ${token.clientId}`
}

/** Whose share a request takes of what all have in common. */
export function clientOf({ evidence, downstream }: Exchange): string {
  return shareHolder(evidence.token, downstream.connection.remoteAddress)
}
