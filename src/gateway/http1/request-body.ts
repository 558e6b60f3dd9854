import { Readable } from 'node:stream'
import { Chunks } from '../../codec/chunks.ts'

/** The body of a request as it comes, no faster than it is read. */
export class RequestBody extends Readable {
  /** Null: its length was said. */
  readonly #chunks: Chunks | null
  readonly #onRead: () => void
  /** Octets that are still to come, where their number was said. */
  #left: number
  /** Whether any of it has come. */
  hasBegun = false

  /** `onRead` is called when more of it is wanted. */
  constructor(framing: number | 'chunked', onRead: () => void) {
    super({ highWaterMark: HELD_AT_MOST })
    this.#chunks = framing === 'chunked' ? new Chunks() : null
    this.#left = framing === 'chunked' ? 0 : framing
    this.#onRead = onRead
    // Whoever reads it learns of its end by `close`.
    this.on('error', () => {})
    if (framing === 0) this.push(null)
  }

  /** Whether all of it has come. */
  get isWhole(): boolean {
    return this.#chunks === null ? this.#left === 0 : this.#chunks.isWhole
  }

  /** Flat, as they came. */
  get trailers(): readonly string[] {
    return this.#chunks?.trailers ?? []
  }

  /** Takes what is its own of what came, and returns where that ends; undefined where the chunks are malformed. */
  add(octets: Buffer): number | undefined {
    this.hasBegun = true
    const end = this.#chunks === null ? this.#takeCounted(octets) : this.#chunks.read(octets, this.#hand)
    if (end !== undefined && this.isWhole) this.push(null)
    return end
  }

  override _read(): void {
    this.#onRead()
  }

  #takeCounted(octets: Buffer): number {
    const end = Math.min(octets.length, this.#left)
    this.#left -= end
    this.#hand(end === octets.length ? octets : octets.subarray(0, end))
    return end
  }

  readonly #hand = (part: Buffer): void => {
    if (!this.destroyed) this.push(part)
  }
}

/** Octets that wait for their reader. */
const HELD_AT_MOST = 64 * 1024
