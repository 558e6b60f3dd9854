import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDocument } from '../../src/config/load.ts'
import { decide } from '../../src/decision/decide.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import { spend } from '../../src/decision/spend.ts'
import { Admission } from '../../src/decision/verdict.ts'
import { isDenial } from '../../src/domain/denial.ts'
import type { Once } from '../../src/domain/ports.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import { unixNow } from '../../src/runtime/clock.ts'
import { Fetched } from '../../src/runtime/fetched/fetched.ts'
import { type RunningLedger, startLedger, widestSkew } from '../../src/runtime/ledger.ts'
import {
  Configuration,
  type ConfigurationPorts,
  type Reloaded,
} from '../../src/runtime/reload/configuration.ts'
import { type Since, sinceThen } from '../../src/runtime/reload/proof-times.ts'
import { readSettings, type Settings } from '../../src/runtime/settings/settings.ts'
import { type Generation, type GenerationPorts, Generations } from '../../src/runtime/thread/generation.ts'
import type { ProcessLog } from '../../src/services/log/log.ts'
import { CacheCounts } from '../../src/services/metrics/cache-counts.ts'
import { ControlMetrics } from '../../src/services/metrics/control-metrics.ts'
import { RequestCounts } from '../../src/services/metrics/request-counts.ts'
import { SharedLedger } from '../../src/services/replay/shared-ledger.ts'
import { freshNonce } from '../../src/verify/dpop/nonce.ts'

/**
 * A gateway without sockets: two threads, the ledger that they share, and all by which operators change it while it runs.
 * Timers must be fake.
 */
export class SpendingWorld {
  readonly #file: string
  #fetched: Fetched | null = null
  #ledger: RunningLedger | null = null
  #nonceSecret = ''
  #started!: Since
  #configuration!: Configuration
  #threads: Thread[] = []

  constructor(folder: string, configuration: object) {
    this.#file = join(folder, 'gateway.yaml')
    this.restart(configuration)
  }

  /** Another process: it knows nothing of what the one before has seen. */
  restart(configuration: object): void {
    this.stop()
    writeFileSync(this.#file, JSON.stringify(configuration))
    const settings = readSettings(loadDocument(this.#file))
    this.#fetched = new Fetched(LOG, new ControlMetrics(), () => {})
    this.#ledger = startLedger(settings, LOG)
    this.#nonceSecret = randomUUID()
    this.#started = sinceThen(this.#ledger.since, widestSkew(settings.document))
    this.#configuration = new Configuration(settings, this.#started)
    this.#threads = [this.#thread(), this.#thread()]
  }

  /** Requests can come when all threads are prepared, when each holds what comes, and when each has swapped. */
  reload(
    configuration: object,
    between: {
      readonly prepared: () => void
      readonly held: (thread: number) => void
      readonly swapped: (thread: number) => void
    },
  ): Promise<Reloaded> {
    writeFileSync(this.#file, JSON.stringify(configuration))
    const threads = {
      ask: async (name: 'prepare' | 'hold', ...[settings, since]: [Settings, Since]) => {
        if (name === 'prepare') {
          const ids = this.#threads.map((thread, index) => [index, thread.prepare(settings, since)] as const)
          between.prepared()
          return new Map(ids)
        }
        for (const [index, thread] of this.#threads.entries()) {
          thread.isHolding = true
          between.held(index)
        }
        return new Map()
      },
      swap: async () => {
        for (const [index, thread] of this.#threads.entries()) {
          thread.swap()
          between.swapped(index)
        }
      },
      tell: (_: 'discard') => {
        for (const thread of this.#threads) thread.discard()
      },
    } as unknown as ConfigurationPorts['threads']
    const load = () => loadDocument(this.#file)
    const ports = { load, threads, fetched: this.#fetched!, ledger: this.#ledger!, log: LOG, ...UNTOLD }
    return this.#configuration.reload(ports)
  }

  replaceThread(index: number): void {
    this.#threads[index] = this.#thread()
  }

  /** What a thread does with a request: what it spent of it, in order; null: refused, or held. */
  present(facts: RequestFacts, index: number): readonly Once[] | null {
    const { current, isHolding } = this.#threads[index]!
    if (isHolding) return null
    const { snapshot, services } = current
    const verdict = decide(facts, snapshot, new Evidence(), unixNow())
    if (!(verdict instanceof Admission) || spend(verdict.spends, services.ledger) !== undefined) return null
    return verdict.spends.map(({ once }) => once)
  }

  /** The nonce that a client of this path would be answered; undefined where there are none. */
  nonce(method: string): string | undefined {
    const place = { method, authority: 'api.bank.example', normalPath: '/accounts' }
    const route = this.#threads[0]!.current.snapshot.router.match(place)
    if (isDenial(route) || route.demands === null) return undefined
    return freshNonce(route.demands.dpop.nonce, unixNow())
  }

  stop(): void {
    this.#ledger?.stop()
    this.#fetched?.stop()
  }

  #thread(): Thread {
    const { settings, since } = this.#configuration
    const start = {
      bodies: new SharedArrayBuffer(64),
      startedSince: this.#started,
      nonceSecret: this.#nonceSecret,
      thread: 1,
      threads: 2,
    }
    const fetched = (of: Settings) => this.#fetched!.ports(of)
    const replicas = {
      keys: (of: Settings, name: string) => fetched(of).keys(name),
      clientKeys: (of: Settings) => fetched(of).clientKeys,
      introspection: (of: Settings, name: string) => fetched(of).introspection(name),
      statusLists: (of: Settings, name: string) => fetched(of).statusLists(name),
      consents: (of: Settings, name: string) => fetched(of).consents(name),
    }
    const ports = {
      start,
      replicas,
      refusals: { limit: 0 },
      ledger: new SharedLedger(this.#ledger!.memory),
      metrics: { requests: new RequestCounts(), caches: new CacheCounts(), mayAsk: () => {} },
      revocations: { hits: () => false },
      commonLedger: null,
    } as unknown as GenerationPorts
    return new Thread(new Generations(ports), settings, since)
  }
}

class Thread {
  current: Generation
  isHolding = false
  #prepared: Generation | null = null
  readonly #generations: Generations

  constructor(generations: Generations, settings: Settings, since: Since) {
    this.#generations = generations
    this.current = generations.make(settings, since)
  }

  prepare(settings: Settings, since: Since): string {
    this.#prepared = this.#generations.make(settings, since)
    return this.#prepared.snapshot.id
  }

  discard(): void {
    this.#prepared = null
    this.isHolding = false
  }

  swap(): void {
    this.current = this.#prepared ?? this.current
    this.isHolding = false
  }
}

const LOG = new Proxy({}, { get: () => () => {} }) as ProcessLog
const UNTOLD = { notices: { tell: () => {} }, metrics: new ControlMetrics() }
