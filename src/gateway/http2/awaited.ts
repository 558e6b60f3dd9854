import type { Http2Downstream } from './downstream.ts'

/**
 * The answers over HTTP/2 that their clients have still to take, which come and go with each request. No Set: V8 holds what was in a
 * table that a Set has outgrown until its next full collection.
 */
export class Awaited {
  readonly #all: Http2Downstream[] = []
  /** A client took nothing of its answer for too long. */
  readonly slowRead: () => void

  constructor(slowRead: () => void) {
    this.slowRead = slowRead
  }

  add(answer: Http2Downstream): void {
    if (answer.place < 0) answer.place = this.#all.push(answer) - 1
  }

  delete(answer: Http2Downstream): void {
    const { place } = answer
    if (place < 0) return
    answer.place = -1
    const last = this.#all.pop() as Http2Downstream
    if (last === answer) return
    this.#all[place] = last
    last.place = place
  }

  /** From the last: who is taken out meanwhile is replaced by one that was looked at. */
  look(now: number): void {
    for (let at = this.#all.length - 1; at >= 0; at--) this.#all[at]?.look(now)
  }
}
