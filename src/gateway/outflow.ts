import type { Downstream } from './downstream.ts'
import type { Turn } from './turn.ts'

/**
 * Parts of an answer on their way out: each goes when the client has taken those before it, so that one which takes a part in its time is
 * not blamed for what is behind it. None goes before it is opened, and the last is kept back until it is known to be that.
 */
export class Outflow {
  readonly #downstream: Downstream
  readonly #parts: Buffer[]
  readonly #turn: Turn
  readonly #hasRoom: () => void
  #isFull = true
  #watchesDrain = false
  #last: ((part: Buffer | undefined) => void) | null = null

  /** `parts` are its own from now on. `hasRoom`: it is open, and the client is behind with nothing. */
  constructor(downstream: Downstream, parts: Buffer[], turn: Turn, hasRoom: () => void) {
    this.#downstream = downstream
    this.#parts = parts
    this.#turn = turn
    this.#hasRoom = hasRoom
  }

  /** Whether what comes next is to wait for room. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** The head is on its way. */
  open(): void {
    this.#goOn()
  }

  write(part: Buffer): void {
    this.#parts.push(part)
    this.#handOver()
  }

  /** No more comes. `last` gets the last part, if there is any, when its turn has come. */
  end(last: (part: Buffer | undefined) => void): void {
    this.#last = last
    this.#handOver()
  }

  #handOver(): void {
    while (!this.#isFull && this.#parts.length > 1) this.#isFull = !this.#send(this.#parts.shift() as Buffer)
    const last = this.#last
    if (this.#isFull || last === null) return
    this.#last = null
    last(this.#parts.pop())
  }

  #send(part: Buffer): boolean {
    const flows = this.#downstream.write(part)
    if (!flows && !this.#watchesDrain) {
      this.#watchesDrain = true
      this.#downstream.onDrain(() => this.#turn.act(this.#goOn))
    }
    return flows
  }

  readonly #goOn = (): void => {
    this.#isFull = false
    this.#handOver()
    if (!this.#isFull) this.#hasRoom()
  }
}
