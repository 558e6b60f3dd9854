/**
 * What waits, in the order in which it came. A list and not a Set: the tables that a Set leaves behind as it grows and shrinks point to
 * one another, and once one of them is old they keep every request that ever waited alive until the next full collection.
 */
export class Line<Item extends object> {
  readonly #items: (Item | null)[] = []
  #first = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  add(item: Item): void {
    this.#items.push(item)
    this.#size++
  }

  /** The one that has waited longest, which stays. */
  peek(): Item | undefined {
    while (this.#items[this.#first] === null) this.#first++
    // Here and not where one is taken: of those that were given up none is.
    if (this.#first >= COMPACTED_AT || this.#first === this.#items.length) {
      this.#items.splice(0, this.#first)
      this.#first = 0
    }
    return this.#items[this.#first] ?? undefined
  }

  /** The one that has waited longest, which leaves. */
  take(): Item | undefined {
    const item = this.peek()
    if (item === undefined) return undefined
    this.#items[this.#first++] = null
    this.#size--
    return item
  }

  remove(item: Item): void {
    const at = this.#items.indexOf(item, this.#first)
    if (at < 0) return
    this.#items[at] = null
    this.#size--
  }
}

const COMPACTED_AT = 256
