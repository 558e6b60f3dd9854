import { setTimeout as wait } from 'node:timers/promises'
import { type ControlMetrics, departed } from '../services/metrics/control-metrics.ts'
import type { Readings } from '../services/metrics/metrics.ts'
import type { Threads } from './threads.ts'

/** The counts of all threads. What was told once stays told: those of a thread that ended go on in the sums. */
export class ThreadMetrics {
  readonly #told = new Map<number, Readings>()
  #departed: Promise<Readings> = Promise.resolve([])

  /** The text exposition format. Of a thread that does not answer it has the last readings. */
  async text(metrics: ControlMetrics, threads: Pick<Threads, 'hear'>): Promise<string> {
    // Each for itself: those of one that ends before another has answered are not told once more behind its end.
    const asked = threads.hear('readings', (thread, readings) => void this.#told.set(thread, readings))
    await Promise.race([asked, wait(WITHIN, undefined, { ref: false })])
    return metrics.text([await this.#departed, ...this.#told.values()])
  }

  died(thread: number): void {
    const last = this.#told.get(thread)
    this.#told.delete(thread)
    if (last !== undefined) this.#departed = this.#departed.then((earlier) => departed([earlier, last]))
  }
}

/** Milliseconds. */
const WITHIN = 2_000
