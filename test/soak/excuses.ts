/** What is away, and was: why an honest request may fail for a reason that is not its own. */
export class Excuses {
  readonly #times = new Map<string, { readonly from: number; back: number; until: number }[]>()

  /** From now on, until `isBack`. */
  isAway(what: string): void {
    const times = this.#times.get(what) ?? []
    const forEver = Number.POSITIVE_INFINITY
    times.push({ from: performance.now() - BEFORE, back: forEver, until: forEver })
    this.#times.set(what, times)
  }

  /** It may take so many milliseconds until that is felt by all. */
  isBack(what: string, lag: number): void {
    const last = this.#times.get(what)?.at(-1)
    if (last === undefined) return
    last.back = performance.now()
    last.until = last.back + lag
  }

  /** Whether it was away at some moment since then, by the monotonic clock. */
  wasAway(what: string, since: number): boolean {
    const now = performance.now()
    return this.#times.get(what)?.some(({ from, back }) => from <= now && back >= since) ?? false
  }

  /** The same, or that it was away may not have been felt yet. */
  covers(what: string, since: number): boolean {
    const now = performance.now()
    return this.#times.get(what)?.some(({ from, until }) => from <= now && until >= since) ?? false
  }
}

/** Milliseconds: a connection that dies is seen to die a little before its process was told to. */
const BEFORE = 100
