/** Where requests come in. While it is closed they wait before it, so that all threads change together what they judge by. */
export class Gate {
  /** Null: open. */
  #waiting: (() => void)[] | null = null

  /** What lets each in at once, or when the gate opens. */
  before<Each>(enter: (each: Each) => void): (each: Each) => void {
    return (each) => {
      if (this.#waiting === null) enter(each)
      else this.#waiting.push(() => enter(each))
    }
  }

  /** Resolves when all that came in is judged, but for what waits for a key or an answer of others. */
  close(): Promise<void> {
    this.#waiting ??= []
    // Behind the end of this turn, which judges.
    return new Promise((resolve) => void setImmediate(resolve))
  }

  open(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const enter of waiting) enter()
  }
}
