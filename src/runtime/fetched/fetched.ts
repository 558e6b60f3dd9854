import type { CompilePorts } from '../../config/compile.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import type { ControlCalls, ThreadCalls } from '../calls.ts'
import type { Channel } from '../channel.ts'
import type { Settings } from '../settings/settings.ts'
import { ConsentServices } from './consents.ts'
import { Introspection } from './introspection.ts'
import { KeyRings } from './key-rings.ts'
import { StatusListSources } from './status-lists.ts'

/** All that is fetched from authorization servers: once, for all threads, within one set of bounds. */
export class Fetched {
  readonly keyRings: KeyRings
  readonly #statusLists: StatusListSources
  readonly #introspection: Introspection
  readonly #consents: ConsentServices

  constructor(log: Log, metrics: ControlMetrics, tell: Channel<ThreadCalls>['tell']) {
    this.keyRings = new KeyRings(log, metrics, {
      issuer: (...edition) => tell('keys', ...edition),
      client: (...edition) => tell('clientKeys', ...edition),
    })
    const keysOf = this.keyRings.of.bind(this.keyRings)
    this.#statusLists = new StatusListSources(keysOf, log, metrics, (...edition) =>
      tell('statusList', ...edition),
    )
    this.#introspection = new Introspection(keysOf, log, metrics)
    this.#consents = new ConsentServices(log, metrics)
  }

  /** Begins to fetch what a configuration needs and is not fetched yet. */
  add(settings: Settings): void {
    for (const each of this.#all) each.add(settings)
  }

  /** Lets go of all that this configuration does not need. */
  keep(settings: Settings): void {
    for (const each of this.#all) each.keep(settings)
  }

  /** Where a decision in this thread looks things up. */
  ports(
    settings: Settings,
  ): Pick<CompilePorts, 'keys' | 'clientKeys' | 'introspection' | 'statusLists' | 'consents'> {
    return {
      keys: (name) => this.keyRings.of(settings, name),
      clientKeys: this.keyRings.ofClients(settings),
      introspection: (name) => this.#introspection.of(settings, name),
      statusLists: (name) => this.#statusLists.of(settings, name),
      consents: (name) => this.#consents.of(settings, name),
    }
  }

  /** Tells a thread that begins what the others know already. */
  greet(thread: Channel<ThreadCalls>): void {
    for (const edition of this.keyRings.editions()) thread.tell('keys', ...edition)
    for (const edition of this.#statusLists.editions()) thread.tell('statusList', ...edition)
  }

  /** What threads may ask. */
  get calls(): Omit<ControlCalls, 'lines' | 'say'> {
    return {
      askKeys: (...asked) => this.keyRings.answer(...asked),
      askClientKeys: (...asked) => this.keyRings.answerForClient(...asked),
      usesClientKeys: (...used) => this.keyRings.touchClients(...used),
      introspect: (...asked) => this.#introspection.answer(...asked),
      askConsent: (...asked) => this.#consents.answer(...asked),
      askStatusList: (...asked) => this.#statusLists.answer(...asked),
      usesStatusLists: (...used) => this.#statusLists.touch(...used),
    }
  }

  statusListAges(): ReturnType<StatusListSources['ages']> {
    return this.#statusLists.ages()
  }

  stop(): void {
    for (const each of this.#all) each.stop()
  }

  get #all() {
    return [this.keyRings, this.#statusLists, this.#introspection, this.#consents]
  }
}
