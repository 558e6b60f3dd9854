/** What is away, and was: why an honest request may fail for a reason that is not its own. */
export class Excuses {
  readonly #times = new Map<string, { readonly from: number; until: number }[]>()

  /** From now on, until `isBack`. */
  isAway(what: string): void {
    const times = this.#times.get(what) ?? []
    times.push({ from: performance.now() - BEFORE, until: Number.POSITIVE_INFINITY })
    this.#times.set(what, times)
  }

  /** It may take so many milliseconds until that is felt. */
  isBack(what: string, lag: number): void {
    const last = this.#times.get(what)?.at(-1)
    if (last !== undefined) last.until = performance.now() + lag
  }

  /** Whether it was away at some moment since then, by the monotonic clock. */
  covers(what: string, since: number): boolean {
    const now = performance.now()
    return this.#times.get(what)?.some(({ from, until }) => from <= now && until >= since) ?? false
  }
}

/** Milliseconds: a connection that dies is seen to die a little before its process was told to. */
const BEFORE = 100
