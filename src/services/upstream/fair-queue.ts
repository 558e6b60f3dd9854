import type { Call } from './call.ts'
import { CallQueue } from './call-queue.ts'

/**
 * Calls that wait for a connection. It goes to the client that has the fewest, so that one whose calls take long does not keep those of others
 * waiting for each of them; clients that have as many take turns, and those of one client go in the order in which they came.
 */
export class FairQueue {
  /** Whose turn is next comes first. None is empty. */
  readonly #queues = new Map<string, CallQueue>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Those that wait. */
  get clients(): readonly string[] {
    return [...this.#queues.keys()]
  }

  sizeFor(client: string): number {
    return this.#queues.get(client)?.size ?? 0
  }

  add(call: Call): void {
    const { client } = call.request
    const queue = this.#queues.get(client) ?? new CallQueue()
    if (queue.size === 0) this.#queues.set(client, queue)
    queue.add(call)
    this.#size++
  }

  /** `held`: how many connections each client has. */
  take(held: ReadonlyMap<string | null, number>): Call | undefined {
    let client: string | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const each of this.#queues.keys()) {
      const its = held.get(each) ?? 0
      if (its >= fewest) continue
      fewest = its
      client = each
    }
    if (client === undefined) return undefined
    const queue = this.#queues.get(client) as CallQueue
    this.#queues.delete(client)
    if (queue.size > 1) this.#queues.set(client, queue)
    this.#size--
    return queue.take()
  }

  remove(call: Call): void {
    const { client } = call.request
    const queue = this.#queues.get(client)
    if (queue === undefined) return
    this.#size -= queue.size
    queue.remove(call)
    this.#size += queue.size
    if (queue.size === 0) this.#queues.delete(client)
  }

  /** Takes out those whose deadline has come. */
  takeLate(tick: number): readonly Call[] {
    const late: Call[] = []
    for (const queue of this.#queues.values())
      for (let call = queue.peek(); call && call.deadline <= tick; call = queue.peek()) {
        late.push(call)
        this.remove(call)
      }
    return late
  }
}
