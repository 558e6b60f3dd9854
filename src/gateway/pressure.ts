import { tally } from '../services/tally.ts'

/** When a thread has more to do than it can: what then comes is turned away at once, so that what was begun ends. */
export interface PressureLimits {
  /** Milliseconds that the event loop may be behind. */
  readonly delay: number
  /** Requests under way at a time. */
  readonly inFlight: number
}

/**
 * Watches how far the event loop is behind. A beat is due every few milliseconds; while the loop works off what has arrived none comes,
 * so the time since the last one is how long a request that is judged now has waited for those before it. So a thread never
 * has more than `delay` of work before it, and whoever comes behind that is told at once. That refusing takes time, too, is no reason to
 * refuse: the next turn begins anew. Where no request is under way no beat is due: a thread with nothing to do sleeps.
 */
export class Pressure {
  #limits: PressureLimits
  readonly #observe: (seconds: number) => void
  #beat = 0
  #excusedAt = 0
  /** Milliseconds that what was judged since the last beat has waited at most. */
  #waited = 0
  #beating: NodeJS.Timeout | null = null
  /** Since the last beat. */
  #hasBegun = false
  #inFlight = 0
  /** Of those, how many of a client's are sent on. */
  readonly #sent = new Map<string, number>()

  /** `observe` is told at each beat by how many seconds it came late. */
  constructor(limits: PressureLimits, observe: (seconds: number) => void = () => {}) {
    this.#limits = limits
    this.#observe = observe
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Counts a request that is about to be judged, at this reading of the monotonic clock, and came `since` then. Whether it is one too many. */
  begins(now: number, since = now): boolean {
    this.#inFlight++
    this.#hasBegun = true
    if (this.#beating === null) {
      this.#beat = now
      this.#beating = setInterval(this.#onBeat, BEAT).unref()
    }
    const waited = now - Math.max(since, this.#excusedAt)
    if (waited > this.#waited) this.#waited = waited
    const { delay, inFlight } = this.#limits
    return now - this.#beat > delay + BEAT || waited > delay || this.#inFlight > inFlight
  }

  /** While so few are under way nobody is counted: that takes time at each request. */
  get hasRoom(): boolean {
    return this.#inFlight <= this.#limits.inFlight / COUNTED_FROM
  }

  /**
   * Counts a request under way that is to be sent on. False: its client has as many as are left for others already. With answers that are
   * taken slowly, and bodies that do not come, one client would have all of them.
   */
  sends(client: string): boolean {
    const its = this.#sent.get(client) ?? 0
    if (its > Math.max(0, this.#limits.inFlight - this.#inFlight)) return false
    tally(this.#sent, client, 1)
    return true
  }

  /** `sentFor`: the client for whom it was sent on; null: it was not. */
  ends(sentFor: string | null): void {
    this.#inFlight--
    if (sentFor !== null) tally(this.#sent, sentFor, -1)
  }

  /** What has held the loop up until now was none of the requests; those that waited for it are served. */
  excuse(): void {
    this.#beat = this.#excusedAt = performance.now()
  }

  /** Other limits from now on. */
  adopt(limits: PressureLimits): void {
    this.#limits = limits
  }

  readonly #onBeat = (): void => {
    const now = performance.now()
    this.#observe(Math.max(0, now - this.#beat - BEAT, this.#waited) / 1000)
    this.#waited = 0
    this.#beat = now
    if (this.#beating !== null && this.#inFlight === 0 && !this.#hasBegun) {
      clearInterval(this.#beating)
      this.#beating = null
    }
    this.#hasBegun = false
  }
}

/** Milliseconds. */
const BEAT = 20
/** The part of those that may be under way, so that one client has no more than this one uncounted. */
const COUNTED_FROM = 4
