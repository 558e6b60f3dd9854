import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Arrival, Arrivals } from './arrivals.ts'

/** One turn of the event loop, in its two halves. */
export interface Turn {
  /** Does this work at the end of the turn. */
  compute(work: () => void): void
  /** Takes a step that follows from such work, or from what was read: once all work of this turn is done, so at once in its second half. */
  act(step: () => void): void
}

/**
 * What takes keys, judging requests and signing answers, is done at the end of a turn, one after the other, and only then are requests
 * sent on and answers given. A verification or a signature reads a table of 150 KiB; between reading from sockets and writing to
 * them it would find that, and the code around it, gone from the processor's caches each time. Nobody waits: the turn ends when all has
 * been read that is there.
 */
export class EventLoopTurn implements Turn {
  readonly #arrivals = new Arrivals()
  #work: (() => void)[] = []
  #steps: (() => void)[] = []
  #isDue = false
  #isComputing = false
  #isActing = false
  #isHeld = false

  /** Judges a request at the end of the turn, or of a later one, where too many have come. */
  judge(arrival: Arrival): void {
    this.#arrivals.add(arrival)
    this.#endSoon()
  }

  /** None is judged until it goes on, neither of those that come nor of those that wait: all threads change together what they judge by. */
  hold(): void {
    this.#isHeld = true
  }

  goOn(): void {
    this.#isHeld = false
    this.#endSoon()
  }

  /** Resolves when all are judged that have come. */
  async allJudged(): Promise<void> {
    while (this.#arrivals.size > 0) await nextTurn()
  }

  compute(work: () => void): void {
    this.#work.push(work)
    this.#endSoon()
  }

  act(step: () => void): void {
    if (this.#isActing) return step()
    this.#steps.push(step)
    if (!this.#isComputing) this.#endSoon()
  }

  #endSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(this.#end)
  }

  readonly #end = (): void => {
    this.#isDue = false
    const work = this.#work
    this.#work = []
    this.#isComputing = true
    for (const each of work) each()
    if (!this.#isHeld && this.#arrivals.judge()) this.#endSoon()
    this.#isComputing = false
    const steps = this.#steps
    this.#steps = []
    this.#isActing = true
    for (const step of steps) step()
    this.#isActing = false
  }
}
