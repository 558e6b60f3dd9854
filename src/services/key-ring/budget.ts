/** For all issuers together: thirty fetches at once for names that nobody knows, then one more every two seconds. */
export function commonBudget(now: number): Budget {
  return new Budget(30, 2_000, now)
}

/** A token bucket: so many at once, then one more every so often. Time in milliseconds, from whoever calls. */
export class Budget {
  readonly #size: number
  readonly #every: number
  #left: number
  #since: number

  constructor(size: number, every: number, now: number) {
    this.#size = size
    this.#every = every
    this.#left = size
    this.#since = now
  }

  has(now: number): boolean {
    const earned = Math.floor((now - this.#since) / this.#every)
    if (earned > 0) {
      this.#left = Math.min(this.#size, this.#left + earned)
      this.#since += earned * this.#every
    }
    return this.#left > 0
  }

  take(now: number): boolean {
    if (!this.has(now)) return false
    this.#left--
    return true
  }
}
