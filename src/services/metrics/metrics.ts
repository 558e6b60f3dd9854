import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { RevocationMetrics } from './revocation-metrics.ts'

/** What Prometheus reads. The only door to prom-client. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests = new Counter({
    name: 'holdfast_requests_total',
    help: 'Requests by route and verdict (admitted, refused, failed, gone).',
    labelNames: ['route', 'verdict'] as const,
    registers: [this.#registry],
  })
  readonly #denials = new Counter({
    name: 'holdfast_denials_total',
    help: 'Refusals and faults by their stable code.',
    labelNames: ['code'] as const,
    registers: [this.#registry],
  })
  readonly #decision = new Histogram({
    name: 'holdfast_decision_seconds',
    help: 'Time from the head of a request to its verdict, keys that had to be fetched included.',
    buckets: [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.01, 0.1, 1, 5],
    registers: [this.#registry],
  })
  readonly #upstream = new Histogram({
    name: 'holdfast_upstream_seconds',
    help: "Time from the verdict to the head of the upstream's answer.",
    labelNames: ['upstream'] as const,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [this.#registry],
  })
  readonly #fetches = new Counter({
    name: 'holdfast_jwks_fetches_total',
    help: 'Fetches of key sets by issuer and outcome.',
    labelNames: ['issuer', 'outcome'] as const,
    registers: [this.#registry],
  })
  readonly #introspections = new Counter({
    name: 'holdfast_introspections_total',
    help: 'Questions about tokens by issuer and outcome (active, inactive, failed); what a cache answered is not among them.',
    labelNames: ['issuer', 'outcome'] as const,
    registers: [this.#registry],
  })
  readonly #consents = new Counter({
    name: 'holdfast_consents_total',
    help: 'Questions about consents by service and outcome (found, unknown, failed); what a cache answered is not among them.',
    labelNames: ['service', 'outcome'] as const,
    registers: [this.#registry],
  })
  readonly #handshakes = new Counter({
    name: 'holdfast_tls_failures_total',
    help: 'TLS handshakes that failed.',
    registers: [this.#registry],
  })
  readonly #danger = new Gauge({
    name: 'holdfast_danger',
    help: 'Settings in use that weaken the profile, 1 each.',
    labelNames: ['key'] as const,
    registers: [this.#registry],
  })
  readonly revocation = new RevocationMetrics(this.#registry)
  /** A counter of the library costs a hash of its labels; the few that a request touches are looked up once. */
  readonly #children = new Map<string, { inc(): void }>()
  readonly #upstreams = new Map<string, { observe(seconds: number): void }>()

  constructor(readings: { readonly inFlight: () => number; readonly ledgerFill: () => number }) {
    collectDefaultMetrics({ register: this.#registry })
    this.#gauge('holdfast_in_flight', 'Requests under way.', readings.inFlight)
    this.#gauge(
      'holdfast_ledger_fill',
      'Fill of the fullest table of used proofs; refusals begin at 0.7.',
      readings.ledgerFill,
    )
  }

  request(route: string, verdict: 'admitted' | 'refused' | 'failed' | 'gone'): void {
    this.#child(`${verdict} ${route}`, () => this.#requests.labels({ route, verdict })).inc()
  }

  denial(code: string): void {
    this.#child(code, () => this.#denials.labels({ code })).inc()
  }

  decision(seconds: number): void {
    this.#decision.observe(seconds)
  }

  upstream(name: string, seconds: number): void {
    const known = this.#upstreams.get(name) ?? this.#upstream.labels({ upstream: name })
    this.#upstreams.set(name, known)
    known.observe(seconds)
  }

  jwksFetch(issuer: string, outcome: 'ok' | 'failed'): void {
    this.#fetches.inc({ issuer, outcome })
  }

  introspection(issuer: string, outcome: 'active' | 'inactive' | 'failed'): void {
    this.#introspections.inc({ issuer, outcome })
  }

  consent(service: string, outcome: 'found' | 'unknown' | 'failed'): void {
    this.#consents.inc({ service, outcome })
  }

  handshakeFailed(): void {
    this.#handshakes.inc()
  }

  danger(keys: readonly string[]): void {
    for (const key of keys) this.#danger.set({ key }, 1)
  }

  /** Readings of the fetched key sets, taken when somebody looks. */
  watchKeys(
    states: () => {
      readonly [issuer: string]: { readonly age: number | null; readonly kids: readonly unknown[] }
    },
  ): void {
    new Gauge({
      name: 'holdfast_jwks_age_seconds',
      help: 'Time since the key set of an issuer was fetched; absent where it never was.',
      labelNames: ['issuer'] as const,
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const [issuer, { age }] of Object.entries(states())) if (age !== null) this.set({ issuer }, age)
      },
    })
    new Gauge({
      name: 'holdfast_jwks_keys',
      help: 'Usable keys of an issuer.',
      labelNames: ['issuer'] as const,
      registers: [this.#registry],
      collect() {
        for (const [issuer, { kids }] of Object.entries(states())) this.set({ issuer }, kids.length)
      },
    })
  }

  watchHeldBodies(octets: () => number): void {
    this.#gauge(
      'holdfast_held_body_bytes',
      'Memory taken by bodies that are held back until they were judged; refusals begin at held_bodies.memory.',
      octets,
    )
  }

  /** The text exposition format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  #child(key: string, make: () => { inc(): void }): { inc(): void } {
    const known = this.#children.get(key)
    if (known !== undefined) return known
    const child = make()
    this.#children.set(key, child)
    return child
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read())
      },
    })
  }
}
