import { isDeepStrictEqual } from 'node:util'
import type { RevocationsPort } from '../admin/revocations.ts'
import type { ProcessLog } from '../services/log/log.ts'
import type { ControlMetrics } from '../services/metrics/control-metrics.ts'
import { whyNot } from '../services/redis/problem.ts'
import { CommonRevocations } from '../services/revocation/common-revocations.ts'
import { type Revocation, RevocationList } from '../services/revocation/revocation-list.ts'
import type { ThreadCalls } from './calls.ts'
import type { Channel } from './channel.ts'
import { unixNow } from './clock.ts'
import type { Configuration } from './reload/configuration.ts'
import { REVOCATIONS, tokenLifetimes } from './settings/revocations.ts'
import type { Threads } from './threads.ts'

export interface RevocationControlPorts {
  readonly configuration: Configuration
  readonly threads: () => Threads
  readonly log: ProcessLog
  readonly metrics: ControlMetrics
}

/** What operators have revoked, as the control plane has it: in every thread at once, and by way of Redis at every replica. */
export class RevocationControl {
  readonly #list = new RevocationList(REVOCATIONS, () => {})
  readonly #ports: RevocationControlPorts
  /** Null: there are no other replicas. */
  readonly #common: CommonRevocations | null
  #redis: Configuration['settings']['redis']

  constructor(ports: RevocationControlPorts) {
    this.#ports = ports
    this.#redis = ports.configuration.settings.redis
    this.#common = this.#openCommon()
    const common = this.#common
    if (common !== null) ports.metrics.revocation.share(() => common.isReady)
  }

  /** Tells a thread that begins. */
  greet(thread: Channel<ThreadCalls>): void {
    thread.tell('revoke', this.#list.all(), unixNow())
  }

  /** Resolves when what other replicas know of holds here for the first time; at once where there are none. */
  async reached(): Promise<void> {
    await this.#common?.reached
    // Calls keep their order.
    await this.#ports.threads().ask('alive')
  }

  /** How many entries there are, those of the file among them. */
  get size(): number {
    return this.#list.entries(unixNow()).length + this.#kept().length
  }

  get port(): RevocationsPort {
    const { configuration, log } = this.#ports
    return {
      list: this.#list,
      lifetimes: () => tokenLifetimes(configuration.settings.document),
      now: unixNow,
      onRevoked: async (entry, told) => {
        // First, and in the step that lists it: else what others said earlier, heard meanwhile, would undo it here and nowhere else.
        const isTold = this.#common?.tell(entry, false)
        await this.#ports.threads().ask('revoke', [entry], unixNow())
        log.info('revoked', told)
        return (await isTold) ?? true
      },
      onReadmitted: async (entry, told) => {
        const isTold = this.#common?.tell(entry, true)
        await this.#ports.threads().ask('readmit', [entry])
        log.info('no longer revoked', told)
        return (await isTold) ?? true
      },
      kept: () => this.#kept(),
    }
  }

  /** After a reload: the password may be another. */
  adopt(): void {
    const { redis } = this.#ports.configuration.settings
    if (redis === null || isDeepStrictEqual(redis, this.#redis)) return
    this.#redis = redis
    this.#common?.move(redis)
  }

  stop(): void {
    this.#common?.close()
  }

  #kept(): readonly Revocation[] {
    return this.#ports.configuration.settings.revocations.entries
  }

  #openCommon(): CommonRevocations | null {
    const { configuration, log } = this.#ports
    const { document, redis: place } = configuration.settings
    if (place === null || document.replay.redis === undefined) return null
    const { prefix, timeout } = document.replay.redis
    return new CommonRevocations({
      place,
      prefix,
      timeout,
      clock: Date.now,
      events: {
        heard: (revoked, takenBack) => {
          const { threads } = this.#ports
          this.#list.hold(revoked, unixNow())
          for (const entry of takenBack) this.#list.remove(entry)
          // One that is stuck is not waited for: it hears them before any other request of its own.
          threads().tell('revoke', revoked, unixNow())
          threads().tell('readmit', takenBack)
          log.info(HEARD, { revoked: revoked.length, taken_back: takenBack.length })
        },
        lost: (problem) => log.error(LOST, whyNot(problem)),
        found: () => log.info(FOUND),
      },
    })
  }
}

const HEARD = 'replay.redis: heard from other replicas what is revoked'
const LOST =
  'replay.redis: what is revoked is neither told to other replicas nor heard of them until it can be asked'
const FOUND = 'replay.redis: what is revoked is told and heard'
