import { F } from '../services/upstream/faults.ts'
import type { ExpectedDigest } from '../verify/content-digest/expect.ts'
import { type ContentHasher, contentHasher } from '../verify/content-digest/hasher.ts'
import type { Exchange } from './exchange.ts'
import type { HeldOctets } from './held-octets.ts'
import { Outflow } from './outflow.ts'
import type { SignedOutcome } from './signed-answer.ts'
import type { Turn } from './turn.ts'

/**
 * The body of an answer that flows under a digest which its upstream sent and which is signed. It is hashed on the way, and its last
 * part is kept back until the digest is known to be true: an answer that is not what was signed never looks complete.
 */
export class SignedFlow {
  readonly #exchange: Exchange
  readonly #expected: readonly ExpectedDigest[]
  readonly #hasher: ContentHasher
  readonly #out: Outflow
  readonly #outcome: SignedOutcome

  /** `hasRoom`: more is welcome. */
  constructor(
    exchange: Exchange,
    expected: readonly ExpectedDigest[],
    held: HeldOctets,
    turn: Turn,
    outcome: SignedOutcome,
    hasRoom: () => void,
  ) {
    this.#exchange = exchange
    this.#expected = expected
    this.#hasher = contentHasher([...new Set(expected.map(({ algorithm }) => algorithm))])
    this.#out = new Outflow(exchange.downstream, [], turn, hasRoom)
    this.#outcome = outcome
    for (const block of held.blocks) this.write(block)
  }

  /** The head is signed and on its way: all may go but the last part. */
  open(): void {
    this.#out.open()
  }

  /** False: wait, for the client or for the signature. */
  write(part: Buffer): boolean {
    this.#hasher.add(part)
    this.#out.write(part)
    return !this.#out.isFull
  }

  end(): void {
    this.#out.end(this.#close)
  }

  readonly #close = (last: Buffer | undefined): void => {
    const digests = this.#hasher.digests()
    const isTrue = this.#expected.every(({ algorithm, digest }) => digests.get(algorithm)?.equals(digest))
    if (!isTrue) return this.#outcome.failed(F.UPSTREAM_BROKEN, FALSE_DIGEST)
    this.#exchange.downstream.end(last)
    this.#outcome.done()
  }
}

const FALSE_DIGEST = 'the body is not what the Content-Digest of the upstream says'
