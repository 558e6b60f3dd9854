import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { readingGauge } from './gauge.ts'
import type { Readings } from './metrics.ts'
import { countOutcome, FETCHES } from './outcomes.ts'
import { RevocationMetrics } from './revocation-metrics.ts'

/** What is counted of the process and of what it fetches. */
export class ControlMetrics {
  readonly #registry = new Registry()
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
  readonly #danger = new Gauge({
    name: 'holdfast_danger',
    help: 'Settings in use that weaken the profile, 1 each.',
    labelNames: ['key'] as const,
    registers: [this.#registry],
  })
  readonly #certificates = new Gauge({
    name: 'holdfast_certificate_not_after_seconds',
    help: 'Unix time at which a certificate that we show ends, by its place in the configuration.',
    labelNames: ['certificate'] as const,
    registers: [this.#registry],
  })
  readonly #authorities = new Gauge({
    name: 'holdfast_client_ca_not_after_seconds',
    help: 'Unix time at which the first CA of client certificates in a file ends, by its place in the configuration.',
    labelNames: ['ca'] as const,
    registers: [this.#registry],
  })
  readonly #signing = new Gauge({
    name: 'holdfast_signing_ends_seconds',
    help: 'Unix time from which on no key of ours has its turn for something that must be signed; absent where that does not come.',
    labelNames: ['key'] as const,
    registers: [this.#registry],
  })
  readonly #revocationLists = new Gauge({
    name: 'holdfast_crl_next_update_seconds',
    help: 'Unix time at which a revocation list of client certificates ends, by its place in the configuration.',
    labelNames: ['crl'] as const,
    registers: [this.#registry],
  })
  readonly #info = new Gauge({
    name: 'holdfast_info',
    help: 'Always 1: which version this is, and the fingerprint of the configuration that it serves.',
    labelNames: ['version', 'snapshot'] as const,
    registers: [this.#registry],
  })
  readonly #deaths = new Counter({
    name: 'holdfast_thread_deaths_total',
    help: 'Threads that ended by a fault and were replaced.',
    registers: [this.#registry],
  })
  readonly #reloads = new Counter({
    name: 'holdfast_reloads_total',
    help: 'Reloads of the configuration by outcome (ok, refused).',
    labelNames: ['outcome'] as const,
    registers: [this.#registry],
  })
  readonly #reloadFailing = new Gauge({
    name: 'holdfast_reload_failing',
    help: '1 where the last reload was refused, so that the configuration and the files of before serve on.',
    registers: [this.#registry],
  })
  readonly revocation = new RevocationMetrics(this.#registry)

  constructor() {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: SELDOM })
    for (const outcome of ['ok', 'refused']) this.#reloads.inc({ outcome }, 0)
    for (const part of SAMPLED) this.#registry.removeSingleMetric(`nodejs_eventloop_lag_${part}_seconds`)
  }

  jwksFetch(issuer: string, outcome: 'ok' | 'failed'): void {
    countOutcome(this.#fetches, { issuer }, FETCHES, outcome)
  }

  introspection(issuer: string, outcome: 'active' | 'inactive' | 'failed'): void {
    countOutcome(this.#introspections, { issuer }, ['active', 'inactive', 'failed'], outcome)
  }

  consent(service: string, outcome: 'found' | 'unknown' | 'failed'): void {
    countOutcome(this.#consents, { service }, ['found', 'unknown', 'failed'], outcome)
  }

  reloaded(outcome: 'ok' | 'refused'): void {
    this.#reloads.inc({ outcome })
    this.#reloadFailing.set(outcome === 'refused' ? 1 : 0)
  }

  serves(version: string, snapshot: string): void {
    this.#info.reset()
    this.#info.set({ version, snapshot }, 1)
  }

  threadDied(): void {
    this.#deaths.inc()
  }

  /** What weakens a rule from now on. */
  danger(keys: readonly string[]): void {
    this.#danger.reset()
    for (const key of keys) this.#danger.set({ key }, 1)
  }

  /** When what is in use from now on ends, in Unix seconds, by its place in the configuration. */
  ends({ certificates, authorities, revocationLists, signing }: Ends): void {
    this.#certificates.reset()
    for (const [certificate, end] of certificates) this.#certificates.set({ certificate }, end)
    this.#authorities.reset()
    for (const [ca, end] of authorities) this.#authorities.set({ ca }, end)
    this.#revocationLists.reset()
    for (const [crl, end] of revocationLists) this.#revocationLists.set({ crl }, end)
    this.#signing.reset()
    for (const [key, end] of signing) this.#signing.set({ key }, end)
  }

  /** Readings that are taken when somebody looks. */
  watch(readings: ControlReadings): void {
    readingGauge(
      this.#registry,
      'holdfast_ledger_fill',
      'Fill of the fullest table of used proofs; refusals begin at 0.7.',
      readings.ledgerFill,
    )
    readingGauge(
      this.#registry,
      'holdfast_held_body_bytes',
      'Memory taken by bodies that are held back until they were judged; refusals begin at held_bodies.memory.',
      readings.heldBodies,
    )
    readingGauge(
      this.#registry,
      'holdfast_log_waiting_bytes',
      'Log that nobody has taken yet; lines are lost past 64 MiB.',
      readings.logWaiting,
    )
    new Counter({
      name: 'holdfast_log_lines_lost_total',
      help: 'Lines of the log that nobody took: there was no room for them, or no reader.',
      registers: [this.#registry],
      collect() {
        this.reset()
        this.inc(readings.logLinesLost())
      },
    })
    this.#watchThreads(readings.threads)
    this.#watchKeys(readings.keys)
    this.revocation.watch({ entries: readings.revocations, ages: readings.statusListAges })
  }

  #watchThreads(read: () => Iterable<ThreadReading>): void {
    const labelNames = ['thread'] as const
    const registers = [this.#registry]
    new Gauge({
      name: 'holdfast_thread_utilization',
      help: 'Share of the time since the last look that a thread was at work, 0 to 1.',
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const { thread, utilization } of read()) this.set({ thread }, utilization)
      },
    })
  }

  #watchKeys(states: ControlReadings['keys']): void {
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
        this.reset()
        for (const [issuer, { kids }] of Object.entries(states())) this.set({ issuer }, kids.length)
      },
    })
  }

  /** The text exposition format: ours, which are nobody else's, and the sums of the threads. */
  async text(threads: readonly Readings[]): Promise<string> {
    const sums = AggregatorRegistry.aggregate([...threads])
    return (await this.#registry.metrics()) + (await sums.metrics())
  }

  get contentType(): string {
    return this.#registry.contentType
  }
}

/** Unix seconds, each by its place in the configuration. */
export interface Ends {
  readonly certificates: ReadonlyMap<string, number>
  readonly authorities: ReadonlyMap<string, number>
  readonly revocationLists: ReadonlyMap<string, number>
  readonly signing: ReadonlyMap<string, number>
}

export interface ControlReadings {
  /** Of the fullest table, 0 to 1. */
  readonly ledgerFill: () => number
  /** Octets. */
  readonly heldBodies: () => number
  readonly revocations: () => number
  /** Octets. */
  readonly logWaiting: () => number
  readonly logLinesLost: () => number
  readonly threads: () => Iterable<ThreadReading>
  /** Of the fetched key sets, by issuer; ages in seconds. */
  readonly keys: () => {
    readonly [issuer: string]: { readonly age: number | null; readonly kids: readonly unknown[] }
  }
  readonly statusListAges: () => Iterable<{
    readonly issuer: string
    readonly uri: string
    readonly seconds: number
  }>
}

export interface ThreadReading {
  readonly thread: number
  /** Of its event loop since the last reading, 0 to 1. */
  readonly utilization: number
}

/** What is left of threads that ended: their counts go on in the sums, so that no counter goes back. */
export async function departed(all: readonly Readings[]): Promise<Readings> {
  const sum = await AggregatorRegistry.aggregate([...all]).getMetricsAsJSON()
  return (sum as Readings).filter(({ type }) => String(type) !== 'gauge')
}

/**
 * prom-client would wake this thread a hundred times a second, for as long as it lives, to tell how far its event loop is behind;
 * what the metric without samples tells is enough of a thread that serves no requests. Milliseconds, as long as a timer can be.
 */
const SELDOM = 2 ** 31 - 1
const SAMPLED = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']
