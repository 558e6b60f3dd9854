/** One turn of the event loop, in its two halves. */
export interface Turn {
  /** Does this work at the end of the turn. */
  compute(work: () => void): void
  /** Takes a step that follows from such work: once all of this turn is done, or at once where it comes later. */
  act(step: () => void): void
}

/**
 * What takes keys, judging requests and signing answers, is done at the end of a turn, one after the other, and only then are requests
 * sent on and answers given. A verification or a signature reads a table of 150 KiB; between reading from sockets and writing to
 * them it would find that, and the code around it, gone from the processor's caches each time. Nobody waits: the turn ends when all has
 * been read that is there.
 */
export class EventLoopTurn implements Turn {
  #work: (() => void)[] = []
  #steps: (() => void)[] = []
  #isComputing = false

  compute(work: () => void): void {
    if (this.#work.push(work) === 1) setImmediate(this.#end)
  }

  act(step: () => void): void {
    if (this.#isComputing) this.#steps.push(step)
    else step()
  }

  readonly #end = (): void => {
    const work = this.#work
    this.#work = []
    this.#isComputing = true
    for (const each of work) each()
    this.#isComputing = false
    const steps = this.#steps
    this.#steps = []
    for (const step of steps) step()
  }
}
