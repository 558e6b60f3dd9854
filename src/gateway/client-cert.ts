import type { ToldOfCertificate } from '../decision/route.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { isValid, type PeerIdentity } from '../domain/peer-identity.ts'
import type { AccessToken } from '../verify/access-token/token.ts'

/**
 * The certificate of the client as flat fields for the upstream (RFC 9440). Null where nothing stands for it: its time is over, or
 * nobody has verified it and the token does not name it either, so that any client could have made it up.
 */
export function clientCertFields(
  peer: PeerIdentity | null,
  told: ToldOfCertificate,
  token: AccessToken | null,
  now: UnixSeconds,
): readonly string[] | null {
  if (peer === null || !isValid(peer, now)) return null
  if (peer.mode === 'pki') return made(peer, told)
  return token?.x5t === peer.thumbprint ? made(peer, 'leaf') : null
}

/** Made once a connection, when an upstream is first told. */
function made(peer: PeerIdentity, told: ToldOfCertificate): readonly string[] {
  let fields = MADE[told].get(peer)
  if (fields === undefined) {
    const chain = peer.chain?.().map(byteSequence)
    fields = chain === undefined ? [] : fieldsOf([...(told === 'leaf' ? chain.take(1) : chain)])
    MADE[told].set(peer, fields)
  }
  return fields
}

function fieldsOf([own, ...above]: readonly string[]): readonly string[] {
  if (own === undefined) return []
  return ['client-cert', own, ...(above.length > 0 ? ['client-cert-chain', above.join(', ')] : [])]
}

/** DER between colons (RFC 9440 §2.1, RFC 9651 §3.3.5). */
function byteSequence(der: Buffer): string {
  return `:${der.toString('base64')}:`
}

const MADE = {
  leaf: new WeakMap<PeerIdentity, readonly string[]>(),
  chain: new WeakMap<PeerIdentity, readonly string[]>(),
}
