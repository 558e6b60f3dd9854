import type { Registry } from 'prom-client'
import { Durations } from './durations.ts'
import { readingGauge } from './gauge.ts'

/** What is counted of the ledger that replicas have in common; nothing where there is none. */
export class RedisMetrics {
  readonly #registry: Registry
  readonly #claims = new Durations(
    'holdfast_redis_claim_seconds',
    'Time in which Redis answered about a proof, or did not.',
    [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.25, 1, 10],
  )
  #isWatched = false

  constructor(registry: Registry) {
    this.#registry = registry
  }

  claimed(seconds: number): void {
    this.#claims.of('').observe(seconds)
  }

  watch(isReady: () => boolean): void {
    this.#isWatched = true
    readingGauge(
      this.#registry,
      'holdfast_redis_failing',
      'Threads that cannot ask Redis about proofs now.',
      () => (isReady() ? 0 : 1),
    )
  }

  read(): ReturnType<Durations['read']>[] {
    return this.#isWatched ? [this.#claims.read()] : []
  }
}
