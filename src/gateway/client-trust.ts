import { X509Certificate } from 'node:crypto'
import { certificatesIn } from '../codec/certificate.ts'
import { revocationListsIn } from '../codec/revocation-list.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { Connection } from './downstream.ts'
import type { ListenerTls } from './tls-options.ts'

/**
 * Notices where a part of what client certificates are judged by has ended: an authority (RFC 5280 §4.1.2.5), or a revocation list, without
 * which no client of its authority is let in (§5.1.2.5). A handshake looks at that once, and its connection may be kept for days.
 */
export class ClientTrust {
  readonly #ends: readonly UnixSeconds[]
  readonly #now: () => UnixSeconds
  #lookedAt: UnixSeconds

  constructor({ clientCa, clientCrl }: ListenerTls, now = () => Date.now() / 1000) {
    const authorities = clientCa.flatMap(certificatesIn).map((pem) => new X509Certificate(pem))
    const lists = clientCrl.flatMap(revocationListsIn)
    this.#ends = [
      ...authorities.map(({ validToDate }) => validToDate.getTime() / 1000),
      ...lists.map(({ nextUpdate }) => nextUpdate),
    ]
    this.#now = now
    this.#lookedAt = now()
  }

  /** Whether some of it ended since that was asked last. */
  hasEnded(): boolean {
    const since = this.#lookedAt
    this.#lookedAt = this.#now()
    return this.#ends.some((end) => since <= end && end < this.#lookedAt)
  }
}

/** Requests under way keep what they began with; the next one on the connection comes without a certificate. */
export function distrust(connection: Living): void {
  if (connection.peer === null) return
  connection.peer = null
  connection.peerRejected = RENEWED
}

/** Whether a certificate came with it that is trusted no more, or was not and may be now. By other revocation lists the others have nothing to gain. */
export function hasShown({ peerRejected }: Connection): boolean {
  return peerRejected !== null
}

/** A connection as whoever keeps it may change it. */
export type Living = { -readonly [Key in keyof Connection]: Connection[Key] }

const RENEWED = 'the client CAs or their revocation lists changed, or one ended, after the handshake'
