import { Counter, type Registry } from 'prom-client'
import { readingGauge } from './gauge.ts'

/** What is counted of the evidence that is kept. */
export class EvidenceMetrics {
  readonly #lost: Counter
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
    this.#lost = new Counter({
      name: 'holdfast_evidence_lost_total',
      help: 'Records of evidence that could not be kept; each number is in the chain as well.',
      registers: [registry],
    })
  }

  lost(count: number): void {
    this.#lost.inc(count)
  }

  /** Readings that are taken when somebody looks. */
  watch(readings: { readonly unsynced: () => number; readonly isReady: () => boolean }): void {
    readingGauge(
      this.#registry,
      'holdfast_evidence_unsynced_bytes',
      'Evidence that is not known to be on the disk.',
      readings.unsynced,
    )
    readingGauge(this.#registry, 'holdfast_evidence_failing', 'Threads that cannot keep evidence now.', () =>
      readings.isReady() ? 0 : 1,
    )
  }
}
