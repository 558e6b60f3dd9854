import { F } from '../services/upstream/faults.ts'
import type { ExpectedDigest } from '../verify/content-digest/expect.ts'
import { type ContentHasher, contentHasher } from '../verify/content-digest/hasher.ts'
import type { Downstream } from './downstream.ts'
import type { Outflow } from './outflow.ts'
import type { SignedOutcome } from './signed-answer.ts'

/**
 * The body of an answer that flows under a digest which its upstream sent and which is signed. It is hashed on the way, and its last
 * part is kept back until the digest is known to be true: an answer that is not what was signed never looks complete.
 */
export class SignedFlow {
  readonly #downstream: Downstream
  readonly #out: Outflow
  readonly #expected: readonly ExpectedDigest[]
  readonly #hasher: ContentHasher
  readonly #outcome: SignedOutcome

  constructor(
    downstream: Downstream,
    out: Outflow,
    expected: readonly ExpectedDigest[],
    outcome: SignedOutcome,
  ) {
    this.#downstream = downstream
    this.#out = out
    this.#expected = expected
    this.#hasher = contentHasher([...new Set(expected.map(({ algorithm }) => algorithm))])
    this.#outcome = outcome
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
    this.#downstream.end(last)
    this.#outcome.done()
  }
}

const FALSE_DIGEST = 'the body is not what the Content-Digest of the upstream says'
