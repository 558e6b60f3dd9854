import { F } from '../services/upstream/faults.ts'
import type { ExpectedDigest } from '../verify/content-digest/expect.ts'
import { type ContentHasher, contentHasher } from '../verify/content-digest/hasher.ts'
import type { Exchange } from './exchange.ts'
import type { HeldOctets } from './held-octets.ts'

/**
 * The body of an answer that flows under a digest which its upstream sent and which is signed. It is hashed on the way, and its last
 * part is kept back until the digest is known to be true: an answer that is not what was signed never looks complete.
 */
export class SignedFlow {
  readonly #exchange: Exchange
  readonly #expected: readonly ExpectedDigest[]
  readonly #hasher: ContentHasher
  readonly #done: () => void
  /** What waits for the head to be signed, then the part that is kept back. */
  #waiting: Buffer[] = []
  #isOpen = false
  #hasEnded = false

  constructor(exchange: Exchange, expected: readonly ExpectedDigest[], held: HeldOctets, done: () => void) {
    this.#exchange = exchange
    this.#expected = expected
    this.#hasher = contentHasher([...new Set(expected.map(({ algorithm }) => algorithm))])
    this.#done = done
    for (const block of held.blocks) this.write(block)
  }

  /** The head is signed: all may go but the last part. */
  open(status: number, fields: readonly string[]): void {
    const { downstream } = this.#exchange
    if (downstream.isGone) return
    this.#isOpen = true
    downstream.begin(status, fields)
    for (const part of this.#waiting.splice(0, this.#waiting.length - 1)) downstream.write(part)
    if (this.#hasEnded) this.#close()
  }

  /** False: wait, for the client or for the signature. */
  write(part: Buffer): boolean {
    this.#hasher.add(part)
    this.#waiting.push(part)
    if (!this.#isOpen) return false
    // Of what never had to wait for the head there is nothing to send yet.
    return this.#waiting.length === 1 || this.#exchange.downstream.write(this.#waiting.shift() as Buffer)
  }

  end(): void {
    this.#hasEnded = true
    if (this.#isOpen) this.#close()
  }

  #close(): void {
    const exchange = this.#exchange
    const digests = this.#hasher.digests()
    const isTrue = this.#expected.every(({ algorithm, digest }) => digests.get(algorithm)?.equals(digest))
    if (isTrue) exchange.downstream.end(this.#waiting[0])
    else {
      exchange.refused = F.UPSTREAM_BROKEN
      exchange.detail = 'the body is not what the Content-Digest of the upstream says'
      exchange.downstream.abort()
    }
    this.#done()
  }
}
