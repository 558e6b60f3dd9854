/** Notices where a clock was set: it has then gone otherwise than time did. */
export class WatchedClock {
  readonly #now: () => number
  /** Seconds that it is ahead of one that nobody sets. */
  #ahead: number

  /** `now`: in seconds, of any beginning. */
  constructor(now: () => number) {
    this.#now = now
    this.#ahead = this.#aheadNow
  }

  /** Seconds by which it was set since it was last looked at; 0 where it was not. */
  get setBy(): number {
    const step = Math.abs(this.#aheadNow - this.#ahead)
    return step > STEP ? step : 0
  }

  look(): void {
    this.#ahead = this.#aheadNow
  }

  get #aheadNow(): number {
    return this.#now() - performance.now() / 1000
  }
}

/** Seconds, from more than which on a clock was set. One of whole seconds is off by up to one; one that is made to agree with others goes a little faster or slower instead. */
export const STEP = 2
