import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client'
import { CacheCounts } from './cache-counts.ts'
import { Durations, type Series } from './durations.ts'
import { EvidenceMetrics } from './evidence-metrics.ts'
import { readingGauge } from './gauge.ts'
import { RedisMetrics } from './redis-metrics.ts'
import { RequestCounts } from './request-counts.ts'

/** Readings as they pass between threads: plain data. */
export type Readings = MetricObjectWithValues<MetricValue<string>>[]

/** What can occur: each has a series from the start, so that Prometheus sees the first as a rise. */
export interface Known {
  /** Of denials. */
  readonly codes: Iterable<string>
  /** Why connections are dropped. */
  readonly drops: Iterable<string>
}

/** What goes up and down. */
export interface Levels {
  readonly inFlight: () => number
  readonly connections: () => number
  /** Octets in use on the heap of the thread, and outside of it by what is on it. */
  readonly heap: () => number
}

/** What is counted of requests, each thread for itself; the sum is made where somebody looks. */
export class Metrics {
  readonly #registry = new Registry()
  /** What became of requests, by the name of their route. */
  readonly requests = new RequestCounts()
  /** Of those that found none. */
  readonly unrouted = this.requests.of('none')
  readonly #denials = new Counter({
    name: 'holdfast_denials_total',
    help: 'Refusals and faults by their stable code.',
    labelNames: ['code'] as const,
    registers: [this.#registry],
  })
  readonly #decision = new Durations(
    'holdfast_decision_seconds',
    'Time from the head of a request to its verdict, keys that had to be fetched included.',
    [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.01, 0.1, 1, 5],
  )
  readonly #decisions = this.#decision.of('')
  readonly #upstream = new Durations(
    'holdfast_upstream_seconds',
    "Time from the verdict to the head of the upstream's answer.",
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    'upstream',
  )
  /** What memos had and what they did not, of those that the configuration gives a size. */
  readonly caches = new CacheCounts()
  readonly #delays = new Durations(
    'holdfast_thread_delay_seconds',
    'How far the event loop of a thread was behind, some fifty times a second while requests are under way; new ones are turned away from overload.delay on.',
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    'thread',
  )
  readonly #delay: Series
  readonly #handshakes = new Counter({
    name: 'holdfast_tls_failures_total',
    help: 'TLS handshakes that failed, by what is in the way.',
    labelNames: ['reason'] as const,
    registers: [this.#registry],
  })
  readonly #shadow = new Counter({
    name: 'holdfast_shadow_refusals_total',
    help: 'Admitted requests that a rule which only watches would have refused, by route, rule and code.',
    labelNames: ['route', 'rule', 'code'] as const,
    registers: [this.#registry],
  })
  readonly #dropped = new Counter({
    name: 'holdfast_connections_dropped_total',
    help: 'Connections that were not taken, or cut, and streams of slow readers, by the limit that they went past.',
    labelNames: ['reason'] as const,
    registers: [this.#registry],
  })
  readonly #hits = new Counter({
    name: 'holdfast_revocation_hits_total',
    help: 'Requests refused by the revocation list, by what was revoked (token_hash, jti, sub, client_id).',
    labelNames: ['by'] as const,
    registers: [this.#registry],
  })
  readonly evidence = new EvidenceMetrics(this.#registry)
  readonly redis = new RedisMetrics(this.#registry)

  constructor(thread: number, { codes, drops }: Known, { inFlight, connections, heap }: Levels) {
    this.#delay = this.#delays.of(`${thread}`)
    for (const code of codes) this.#denials.inc({ code }, 0)
    for (const reason of drops) this.#dropped.inc({ reason }, 0)
    readingGauge(this.#registry, 'holdfast_in_flight', 'Requests under way.', inFlight)
    readingGauge(
      this.#registry,
      'holdfast_connections',
      'Connections of clients that are done with TLS.',
      connections,
    )
    new Gauge({
      name: 'holdfast_thread_heap_bytes',
      help: 'Memory that a thread that serves has in use: its heap, and what is held outside of it (buffers).',
      labelNames: ['thread'] as const,
      registers: [this.#registry],
      collect() {
        this.set({ thread }, heap())
      },
    })
  }

  denial(code: string): void {
    this.#denials.inc({ code })
  }

  decision(seconds: number): void {
    this.#decisions.observe(seconds)
  }

  delay(seconds: number): void {
    this.#delay.observe(seconds)
  }

  /** These upstreams have their series before they have answered: `increase()` misses the beginning of one that begins above zero. */
  mayAsk(upstreams: Iterable<string>): void {
    for (const name of upstreams) this.#upstream.of(name)
  }

  upstream(name: string, seconds: number): void {
    this.#upstream.of(name).observe(seconds)
  }

  handshakeFailed(reason: string): void {
    this.#handshakes.inc({ reason })
  }

  shadowRefusal(route: string, rule: string, code: string): void {
    this.#shadow.inc({ route, rule, code })
  }

  dropped(reason: string): void {
    this.#dropped.inc({ reason })
  }

  revocationHit(by: string): void {
    this.#hits.inc({ by })
  }

  async readings(): Promise<Readings> {
    const others = await this.#registry.getMetricsAsJSON()
    return [
      this.requests.read(),
      ...others,
      this.#decision.read(),
      this.#upstream.read(),
      this.#delays.read(),
      ...this.caches.read(),
      ...this.redis.read(),
    ]
  }
}
