import type { RefusalsPort } from '../admin/refusals.ts'
import type { KeptRefusal } from '../services/refusals/recent-refusals.ts'
import type { Threads } from './threads.ts'

/** The last refusals of all threads: each keeps its own, so that refusing costs no message to another. */
export class ThreadRefusals implements RefusalsPort {
  readonly limit: number
  readonly #threads: Threads

  constructor(limit: number, threads: Threads) {
    this.limit = limit
    this.#threads = threads
  }

  async find(interactionId: string | null): Promise<readonly KeptRefusal[]> {
    const answers = await this.#threads.ask('refusals', interactionId)
    const all = [...answers.values()].flat()
    return all.sort((one, other) => (one.time < other.time ? 1 : -1)).slice(0, this.limit)
  }
}
