/** So many at once, and so many a second from then on. */
export class LeakyBucket {
  readonly #most: number
  readonly #rate: number
  #level = 0
  #at: number

  /** `rate` a second; `now` in milliseconds of a clock that never steps back. */
  constructor(most: number, rate: number, now: number) {
    this.#most = most
    this.#rate = rate
    this.#at = now
  }

  /** Counts one. Whether it is one too many. */
  overflows(now: number): boolean {
    this.#level = Math.max(0, this.#level - ((now - this.#at) / 1000) * this.#rate) + 1
    this.#at = now
    return this.#level > this.#most
  }
}
