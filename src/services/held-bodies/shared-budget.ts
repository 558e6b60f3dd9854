import type { BodyBudget } from '../../domain/ports.ts'

/**
 * A count of octets in memory that all threads share: one atomic step to take, one to give back. Each thread's own part is
 * counted besides, so that what one that died had taken can be given back.
 */
export class SharedBudget implements BodyBudget {
  readonly #limit: bigint
  readonly #taken: BigInt64Array
  readonly #thread: number

  /** `memory` as made by `budgetMemory`; `limit` in octets; `thread` from 1. */
  constructor(memory: SharedArrayBuffer, limit: number, thread = 1) {
    this.#taken = new BigInt64Array(memory)
    this.#limit = BigInt(limit)
    this.#thread = thread
  }

  take(octets: number): boolean {
    const before = Atomics.add(this.#taken, ALL, BigInt(octets))
    Atomics.add(this.#taken, this.#thread, BigInt(octets))
    if (before + BigInt(octets) <= this.#limit) return true
    this.give(octets)
    return false
  }

  give(octets: number): void {
    Atomics.sub(this.#taken, this.#thread, BigInt(octets))
    Atomics.sub(this.#taken, ALL, BigInt(octets))
  }

  /** Octets that all threads have taken. */
  get taken(): number {
    return Number(Atomics.load(this.#taken, ALL))
  }
}

export function budgetMemory(threads = 1): SharedArrayBuffer {
  return new SharedArrayBuffer((1 + threads) * BigInt64Array.BYTES_PER_ELEMENT)
}

/** Gives back what a thread had taken that has ended, and gives nothing back itself any more. */
export function giveBackOf(thread: number, memory: SharedArrayBuffer): void {
  const taken = new BigInt64Array(memory)
  Atomics.sub(taken, ALL, Atomics.exchange(taken, thread, 0n))
}

/** Place of the sum; the threads have theirs from 1. */
const ALL = 0
