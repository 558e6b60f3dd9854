import type { UnixSeconds } from '../../domain/check.ts'
import { isValid, type PeerIdentity } from '../../domain/peer-identity.ts'

/**
 * Why nothing that the client certificate says of its holder counts. Only what a certification authority of ours has vouched for names
 * anybody: a certificate that merely proves possession (`pop`) does not.
 */
export function notVouchedFor(peer: PeerIdentity | null, now: UnixSeconds): string | undefined {
  if (peer === null) return 'no client certificate that is accepted'
  if (peer.mode !== 'pki') return 'nobody vouches for what the client certificate says'
  return isValid(peer, now) ? undefined : 'the client certificate is not valid now'
}
