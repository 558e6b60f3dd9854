import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { type MemoCounts, noLookups } from '../../domain/memo.ts'

/** Keys of `caches`: what a thread remembers, and the operator says how much of it. */
const CACHES = ['tokens', 'dpop_keys', 'introspected_tokens', 'consents'] as const

/**
 * What tells whether caches are large enough. Each request looks into several, so each memo counts in fields of its own; what is read is
 * in the library's form, so that it adds up the threads' like all else. What was refused was never entered, so that
 * whoever makes tokens up does not make a cache look too small.
 */
export class CacheCounts {
  readonly #counts = new Map(CACHES.map((cache) => [cache, noLookups()]))

  /** Those of a cache; a memo of another size after a reload goes on with them. */
  of(cache: (typeof CACHES)[number]): MemoCounts {
    return this.#counts.get(cache) as MemoCounts
  }

  read(): MetricObjectWithValues<MetricValue<string>>[] {
    return [this.#counter(HITS, 'hits'), this.#counter(MISSES, 'misses')]
  }

  #counter(metric: object, which: keyof MemoCounts): MetricObjectWithValues<MetricValue<string>> {
    const values = [...this.#counts].map(([cache, counts]) => ({ labels: { cache }, value: counts[which] }))
    return { ...metric, type: 'counter', aggregator: 'sum', values } as unknown as MetricObjectWithValues<
      MetricValue<string>
    >
  }
}

const HITS = {
  name: 'holdfast_cache_hits_total',
  help: 'What a cache had when it was looked for, by cache (tokens, dpop_keys, introspected_tokens, consents).',
}
const MISSES = {
  name: 'holdfast_cache_misses_total',
  help: 'What a cache did not have, and took in when it was verified or told; what was refused is not among it.',
}
