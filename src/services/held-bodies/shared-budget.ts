import type { BodyBudget } from '../../domain/ports.ts'

/** A count of octets in memory that all threads may share: one atomic step to take, one to give back. */
export class SharedBudget implements BodyBudget {
  readonly #limit: bigint
  readonly #taken: BigInt64Array

  /** `memory` as made by `budgetMemory`; `limit` in octets. */
  constructor(memory: SharedArrayBuffer, limit: number) {
    this.#taken = new BigInt64Array(memory)
    this.#limit = BigInt(limit)
  }

  take(octets: number): boolean {
    const before = Atomics.add(this.#taken, 0, BigInt(octets))
    if (before + BigInt(octets) <= this.#limit) return true
    this.give(octets)
    return false
  }

  give(octets: number): void {
    Atomics.sub(this.#taken, 0, BigInt(octets))
  }

  /** Octets. */
  get taken(): number {
    return Number(Atomics.load(this.#taken, 0))
  }
}

export function budgetMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)
}
