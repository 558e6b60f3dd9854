import type { X509Certificate } from 'node:crypto'
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
  if (peer?.certificate === undefined || !isValid(peer, now)) return null
  if (peer.mode === 'pki') return made(peer.certificate, told)
  return token?.x5t === peer.thumbprint ? made(peer.certificate, 'leaf') : null
}

/** Made once a connection, when an upstream is first told. */
function made(certificate: X509Certificate, told: ToldOfCertificate): readonly string[] {
  let fields = MADE[told].get(certificate)
  if (fields === undefined) {
    fields = ['client-cert', byteSequence(certificate), ...(told === 'chain' ? chainField(certificate) : [])]
    MADE[told].set(certificate, fields)
  }
  return fields
}

/** RFC 9440 §2.3: each certifies the one before it, as the client sent them. The anchor is left out: whoever verifies the chain must have it. */
function chainField(leaf: X509Certificate): string[] {
  const above: string[] = []
  for (let each = leaf.issuerCertificate; each !== undefined; each = each.issuerCertificate) {
    if (each.checkIssued(each)) break
    above.push(byteSequence(each))
  }
  return above.length === 0 ? [] : ['client-cert-chain', above.join(', ')]
}

/** DER between colons (RFC 9440 §2.1, RFC 9651 §3.3.5). */
function byteSequence({ raw }: X509Certificate): string {
  return `:${raw.toString('base64')}:`
}

const MADE = {
  leaf: new WeakMap<X509Certificate, readonly string[]>(),
  chain: new WeakMap<X509Certificate, readonly string[]>(),
}
