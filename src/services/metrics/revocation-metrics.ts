import { Counter, Gauge, type Registry } from 'prom-client'
import { readingGauge } from './gauge.ts'
import { countOutcome, FETCHES } from './outcomes.ts'

/** What is counted of how revocations become known. */
export class RevocationMetrics {
  readonly #fetches: Counter<'issuer' | 'outcome'>
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
    this.#fetches = new Counter({
      name: 'holdfast_status_list_fetches_total',
      help: 'Fetches of token status lists by issuer and outcome.',
      labelNames: ['issuer', 'outcome'] as const,
      registers: [registry],
    })
  }

  statusListFetch(issuer: string, outcome: 'ok' | 'failed'): void {
    countOutcome(this.#fetches, { issuer }, FETCHES, outcome)
  }

  /** Where replicas tell each other what is revoked. */
  share(isReady: () => boolean): void {
    readingGauge(
      this.#registry,
      'holdfast_revocations_failing',
      'Revocations cannot be told to other replicas now, nor theirs heard.',
      () => (isReady() ? 0 : 1),
    )
  }

  /** Readings that are taken when somebody looks. */
  watch(readings: {
    readonly entries: () => number
    readonly ages: () => Iterable<{ readonly issuer: string; readonly uri: string; readonly seconds: number }>
  }): void {
    readingGauge(
      this.#registry,
      'holdfast_revocation_entries',
      'Entries of the revocation list.',
      readings.entries,
    )
    new Gauge({
      name: 'holdfast_status_list_age_seconds',
      help: 'Time since a token status list was fetched.',
      labelNames: ['issuer', 'uri'] as const,
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const { issuer, uri, seconds } of readings.ages()) this.set({ issuer, uri }, seconds)
      },
    })
  }
}
