import type { Call } from './call.ts'

/**
 * Calls in the order in which they came. A list and not a Set: the tables that a Set leaves behind as it grows and shrinks point to
 * one another, and once one of them is old they keep every request that ever waited alive until the next full collection.
 */
export class CallQueue {
  readonly #calls: (Call | null)[] = []
  #first = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  add(call: Call): void {
    this.#calls.push(call)
    this.#size++
  }

  /** The one that has waited longest, which stays. */
  peek(): Call | undefined {
    while (this.#calls[this.#first] === null) this.#first++
    // Here and not where one is taken: of those that were given up none is.
    if (this.#first >= COMPACTED_AT || this.#first === this.#calls.length) {
      this.#calls.splice(0, this.#first)
      this.#first = 0
    }
    return this.#calls[this.#first] ?? undefined
  }

  /** The one that has waited longest, which leaves. */
  take(): Call | undefined {
    const call = this.peek()
    if (call === undefined) return undefined
    this.#calls[this.#first++] = null
    this.#size--
    return call
  }

  remove(call: Call): void {
    const at = this.#calls.indexOf(call, this.#first)
    if (at < 0) return
    this.#calls[at] = null
    this.#size--
  }
}

const COMPACTED_AT = 256
