import type { Document } from '../../config/document.ts'
import type { Loaded } from '../../config/load.ts'
import { dangerKeys } from '../../config/notices.ts'
import { ConfigError, type Notice, refuseFaults } from '../../config/problem.ts'
import type { ProcessLog } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { unixNow } from '../clock.ts'
import { decisionOf } from '../decision.ts'
import type { Fetched } from '../fetched/fetched.ts'
import { type RunningLedger, widestSkew } from '../ledger.ts'
import { stateClientAuthorities } from '../notices/client-authorities.ts'
import { endsOf } from '../notices/ends.ts'
import { settingsNotices } from '../notices/notices.ts'
import type { ToldNotices } from '../notices/told-notices.ts'
import { readSettings, type Settings } from '../settings/settings.ts'
import type { Threads } from '../threads.ts'
import { version } from '../version.ts'
import { beginsToSpend, changesProofTimes, type Since, sinceThen } from './proof-times.ts'
import { restartNeeded } from './restart.ts'

export interface ConfigurationPorts {
  /** Reads the file anew. Throws ConfigError. */
  readonly load: () => Loaded
  readonly threads: Pick<Threads, 'ask' | 'swap' | 'tell'>
  readonly fetched: Fetched
  readonly ledger: Pick<RunningLedger, 'latest' | 'memory'>
  readonly log: ProcessLog
  readonly notices: Pick<ToldNotices, 'tell'>
  readonly metrics: ControlMetrics
}

/** What came of a reload: the id of the snapshot that serves now, or every reason why it is the one of before. */
export type Reloaded =
  | { readonly snapshot: string }
  | { readonly msg: string; readonly problems: readonly string[] }

/** What serves now, and what an operator should know of it. */
interface Changed {
  readonly snapshot: string
  readonly said: readonly Notice[]
}

/** The configuration that runs, and the way to the next one: whole, in all threads, or not at all. */
export class Configuration {
  settings: Settings
  since: Since
  /** Seconds: the furthest that any route has let anything lie ahead. Where nobody judged, it may have been so a while ago. */
  #ahead: number
  #last: Promise<unknown> = Promise.resolve()
  /** The reload that waits for the one under way. */
  #next: Promise<Reloaded> | null = null

  constructor(settings: Settings, since: Since) {
    this.settings = settings
    this.since = since
    this.#ahead = widestSkew(settings.document)
  }

  /** One at a time, and what is asked for while one waits is that one: it reads the file when it begins. Never rejects. */
  reload(ports: ConfigurationPorts): Promise<Reloaded> {
    this.#next ??= this.#last.then(() => {
      this.#next = null
      return this.#reload(ports)
    })
    this.#last = this.#next
    return this.#next
  }

  async #reload(ports: ConfigurationPorts): Promise<Reloaded> {
    const { log, notices, metrics } = ports
    try {
      const { snapshot, said } = await this.#change(ports)
      const { document } = this.settings
      notices.tell(said)
      metrics.danger(dangerKeys(document))
      metrics.serves(version(), snapshot)
      metrics.ends(endsOf(this.settings, unixNow()))
      metrics.reloaded('ok')
      log.level(document.log.level)
      stateClientAuthorities(this.settings, log)
      log.info('reloaded', { snapshot })
      return { snapshot }
    } catch (problem) {
      const problems = problem instanceof ConfigError ? problem.report().split('\n') : [String(problem)]
      metrics.reloaded('refused')
      log.error(REFUSED, { problems })
      return { msg: REFUSED, problems }
    }
  }

  async #change(ports: ConfigurationPorts): Promise<Changed> {
    const { load, threads, fetched, ledger } = ports
    const loaded = load()
    const next = readSettings(loaded)
    refuseFaults(restartNeeded(this.settings.document, next.document, ledger.memory.shape), loaded.locate)
    fetched.add(next)
    try {
      const { id } = decisionOf(next, fetched)
      // Before it serves: what fails behind that would be told as a refusal of what serves.
      const said = settingsNotices(next, unixNow())
      const since = await this.#prepare(next, id, ports)
      // From here on a thread that begins begins with it.
      this.settings = next
      this.since = since
      await threads.swap(id)
      return { snapshot: id, said }
    } finally {
      if (this.settings !== next) threads.tell('discard')
      fetched.keep(this.settings)
    }
  }

  /**
   * Has all threads compile it and hold what comes, so that none judges by the one of before once another judges by this; resolves with
   * the `since` that they have it with. Where that lies ahead it must still do so when they swap. Where some are held up the others serve
   * on as before, and all are asked again, with twice the time. So they are where one began when the others had been asked already.
   */
  async #prepare(next: Settings, id: string, { threads, ledger }: ConfigurationPorts): Promise<Since> {
    const compile = async (since: Since) => {
      for (const [thread, theirs] of await threads.ask('prepare', next, since)) {
        if (theirs !== id) throw new Error(`thread ${thread} compiled ${theirs} where ${id} was expected`)
      }
    }
    this.#ahead = Math.max(this.#ahead, widestSkew(next.document))
    const moves = movesOf(this.settings.document, next.document)
    const isMoving = moves.proofs || moves.signatures
    for (let settled = SETTLED; ; settled *= 2) {
      const line = ledger.latest() + settled
      const anew = sinceThen(line, this.#ahead)
      const from = (kind: keyof Since) =>
        moves[kind] ? Math.max(this.since[kind], anew[kind]) : this.since[kind]
      const since = { nonces: from('nonces'), proofs: from('proofs'), signatures: from('signatures') }
      await compile(since)
      let isLate = false
      const late = setTimeout(() => {
        isLate = true
        threads.tell('discard')
      }, settled * HELD)
      const held = await threads.ask('hold').finally(() => clearTimeout(late))
      const isPrepared = [...held.values()].every((theirs) => theirs === id)
      if (!isLate && isPrepared && (!isMoving || line - ledger.latest() > settled / 2)) return since
      threads.tell('discard')
    }
  }
}

/** For which kinds the next configuration can only trust what is made later. */
function movesOf(before: Document, next: Document): Record<keyof Since, boolean> {
  const begins = beginsToSpend(before, next)
  const proofs = begins.proofs || changesProofTimes(before, next)
  return { ...begins, proofs, nonces: proofs }
}

/** Seconds in which all threads have swapped, so that no nonce of the configuration of before is good in the next. */
const SETTLED = 5
/** Milliseconds that requests may wait for all threads, for each of those seconds. */
const HELD = 50
const REFUSED = 'reload refused; the configuration of before serves on'
