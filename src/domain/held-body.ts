import type { Check } from './check.ts'

/** The body of a request, whole and not yet forwarded, so that it can be judged. */
export interface HeldBody {
  /** In order. Together they are the content as it came: without transfer coding, its content codings still on (RFC 9530 §2). */
  readonly blocks: readonly Buffer[]
  /** Octets. */
  readonly length: number
  /** Of the content, by algorithm: those that the admission asked for. */
  readonly digests: ReadonlyMap<DigestAlgorithm, Buffer>
  /** Flat: name, value, name, value. */
  readonly trailers: readonly string[]
}

/** How a body is judged once it is whole. */
export interface BodyCheck {
  readonly check: Check<HeldBody>
  /** Digests that the check looks at. */
  readonly algorithms: readonly DigestAlgorithm[]
}

/** RFC 9530 §5: the algorithms that are active; any other is not fit for this. */
export type DigestAlgorithm = 'sha-256' | 'sha-512'
