import { beyondPart } from '../../services/equal-part.ts'
import { networkOf } from '../connection-guard.ts'
import type { AwaitedAnswer } from './awaited-answer.ts'

/**
 * The answers over HTTP/2 that their clients have still to take, which come and go with each request. Together they may take so much
 * memory, or one client with many connections could have as much as it likes; what is more goes, of the networks that have more than an
 * equal part, first that of which nothing was taken for the longest. Time alone would not do: an octet now and then keeps an answer young.
 * No Set: V8 holds what was in a table that a Set has outgrown until its next full collection.
 */
export class Awaited {
  readonly #all: AwaitedAnswer[] = []
  /** Octets. */
  readonly #most: number
  /** Octets that were written since all were last looked at; none of them may have been taken. */
  #written = 0
  #isToLook = false
  /** A client took nothing of its answer for too long. */
  readonly slowRead: () => void

  constructor(most: number, slowRead: () => void) {
    this.#most = most
    this.slowRead = slowRead
  }

  /** Answers. */
  get size(): number {
    return this.#all.length
  }

  /** So many octets of an answer were written. */
  add(answer: AwaitedAnswer, octets: number): void {
    if (answer.place < 0) {
      answer.place = this.#all.push(answer) - 1
      this.#written += EACH
    }
    this.#written += octets
    if (this.#written < this.#most / 4 || this.#isToLook) return
    this.#isToLook = true
    setImmediate(() => this.look(performance.now()))
  }

  delete(answer: AwaitedAnswer): void {
    const { place } = answer
    if (place < 0) return
    answer.place = -1
    const last = this.#all.pop() as AwaitedAnswer
    if (last === answer) return
    this.#all[place] = last
    last.place = place
  }

  /** Called now and then. From the last: who is taken out meanwhile is replaced by one that was looked at. */
  look(now: number): void {
    this.#written = 0
    this.#isToLook = false
    let octets = 0
    for (let at = this.#all.length - 1; at >= 0; at--) octets += EACH + (this.#all[at]?.look(now) ?? 0)
    if (octets > this.#most) this.#makeRoom(octets - (this.#most * 3) / 4)
  }

  #makeRoom(wanted: number): void {
    const held = new Map<string, number>()
    const all = this.#all.map((answer) => {
      const holder = networkOf(answer.connection.remoteAddress)
      const size = EACH + answer.waiting
      held.set(holder, (held.get(holder) ?? 0) + size)
      return { answer, holder, size, since: answer.takenSince }
    })
    const part = (this.#most * 3) / 4 / held.size
    for (const { answer } of beyondPart(all, held, part, wanted)) answer.breakOff()
  }
}

/** Octets that an answer takes besides its own: what Node, nghttp2 and we hold of its stream. */
const EACH = 8 * 1024
