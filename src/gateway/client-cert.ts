import type { X509Certificate } from 'node:crypto'
import type { ToldOfCertificate } from '../decision/route.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { isValid, type PeerIdentity } from '../domain/peer-identity.ts'
import type { AccessToken } from '../verify/access-token/token.ts'

/** The certificate that a TLS peer has shown, as the fields of RFC 9440. Each is made when an upstream is first told, and kept with the connection. */
export class ClientCert {
  readonly #certificate: X509Certificate
  readonly #peer: PeerIdentity
  #leaf: readonly string[] | undefined
  #chain: readonly string[] | undefined

  constructor(certificate: X509Certificate, peer: PeerIdentity) {
    this.#certificate = certificate
    this.#peer = peer
  }

  /**
   * Flat fields for an upstream; null where nothing stands for the certificate: its time is over, or nobody has verified it and
   * the token does not name it either, so that any client could have made it up.
   */
  fields(told: ToldOfCertificate, token: AccessToken | null, now: UnixSeconds): readonly string[] | null {
    if (!isValid(this.#peer, now)) return null
    this.#leaf ??= ['client-cert', byteSequence(this.#certificate)]
    if (this.#peer.mode === 'pop') return token?.x5t === this.#peer.thumbprint ? this.#leaf : null
    if (told === 'leaf') return this.#leaf
    this.#chain ??= [...this.#leaf, ...chainField(this.#certificate)]
    return this.#chain
  }
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
