import type { BodyBudget } from '../domain/ports.ts'

/**
 * The octets of one body, in memory: each is copied once, into blocks that are forwarded as they are. Parts as they
 * arrive are not kept, because each may be one octet long and cost hundreds. What is taken of the budget is what is allocated.
 */
export class HeldOctets {
  readonly blocks: Buffer[] = []
  length = 0
  readonly #budget: BodyBudget
  /** Octets that were announced and are not in a block yet; null: none were announced. */
  #announced: number | null
  #taken = 0
  /** Octets free in the last block. */
  #free = 0

  /** `announced` by Content-Length, or null. Whether there is room for that many is said by `reserve`. */
  constructor(budget: BodyBudget, announced: number | null) {
    this.#budget = budget
    this.#announced = announced
  }

  /** Takes room for what was announced, so that a body that has none is refused before it comes. */
  reserve(): boolean {
    return this.#take(this.#announced ?? 0)
  }

  /** False: there is no room. */
  add(part: Buffer): boolean {
    for (let from = 0; from < part.length; ) {
      if (this.#free === 0 && !this.#grow()) return false
      const block = this.blocks.at(-1) as Buffer
      const copied = part.copy(block, block.length - this.#free, from)
      this.#free -= copied
      this.length += copied
      from += copied
    }
    return true
  }

  /** The whole of a body that came in one piece: one block of its length. False: there is no room. */
  addWhole(body: Buffer): boolean {
    this.#announced = body.length
    return this.reserve() && this.add(body)
  }

  /** No more comes: the last block is as long as what is in it. */
  close(): void {
    const last = this.blocks.pop()
    if (last !== undefined) this.blocks.push(last.subarray(0, last.length - this.#free))
    this.#free = 0
  }

  /** Gives everything back, whenever and however the request ends. More than once does no harm. */
  release(): void {
    this.#budget.give(this.#taken)
    this.#taken = 0
    this.blocks.length = 0
  }

  /** Hands the blocks over as they are asked for, and gives everything back when the last was taken. */
  *handOver(): Iterable<Buffer> {
    yield* [...this.blocks]
    this.release()
  }

  #grow(): boolean {
    const next = Math.min(
      LARGEST,
      this.#announced ?? Math.max(SMALLEST, 2 * (this.blocks.at(-1)?.length ?? 0)),
    )
    if (this.#announced !== null) this.#announced -= next
    else if (!this.#take(next)) return false
    // Not of the common pool, of which a short block would keep more alive than itself.
    this.blocks.push(Buffer.allocUnsafeSlow(next))
    this.#free = next
    return true
  }

  #take(octets: number): boolean {
    if (!this.#budget.take(octets)) return false
    this.#taken += octets
    return true
  }
}

/** Octets. */
const SMALLEST = 4 * 1024
/** A client that takes a held answer slowly is to take one such block within the idle timeout. */
const LARGEST = 64 * 1024
