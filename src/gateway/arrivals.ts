import { FairQueue } from '../services/fair-queue.ts'
import type { Downstream } from './downstream.ts'
import { askerOf } from './share-holder.ts'

/** A request that is to be judged. */
export interface Arrival {
  readonly downstream: Downstream
  /** `isTooMuch`: it is told so, and no more. */
  readonly judge: (isTooMuch: boolean) => void
}

/**
 * Requests that have come and are to be judged. A few are, one after the other. Of more than a turn has time for those who sent them take
 * turns, and the event loop has its own in between: anybody can send what costs us a verification as fast as he likes, over as many
 * connections as he may open, and the others would have to wait for all of it.
 */
export class Arrivals {
  #come: Arrival[] = []
  /** What there was no time for. */
  readonly #waiting = new FairQueue<Arrival>(askerOf)

  get size(): number {
    return this.#come.length + this.#waiting.size
  }

  add(arrival: Arrival): void {
    this.#come.push(arrival)
  }

  /** Judges what a turn has time for. Whether some are left. */
  judge(): boolean {
    const come = this.#come
    this.#come = []
    if (this.#waiting.size === 0 && come.length <= FEW) {
      for (const { judge } of come) judge(false)
      return false
    }
    for (const arrival of come) this.#wait(arrival)
    const until = performance.now() + A_TURN
    do this.#judgeNext()
    while (this.#waiting.size > 0 && performance.now() < until)
    return this.#waiting.size > 0
  }

  #judgeNext(): void {
    const { downstream, judge } = this.#waiting.take() as Arrival
    downstream.awaitsJudgement(false)
    judge(false)
  }

  /** Who has less than an equal part always has a place, so there may be a few more. */
  #wait(arrival: Arrival): void {
    if (this.#waiting.size >= MOST && this.#waiting.hasItsPart(askerOf(arrival))) return arrival.judge(true)
    this.#waiting.add(arrival)
    arrival.downstream.awaitsJudgement(true)
  }
}

/** Requests that are judged within a turn's time, whatever they are. */
const FEW = 64
/** Milliseconds. */
const A_TURN = 10
/** Requests that wait. Each takes some KiB. */
const MOST = 10_000
