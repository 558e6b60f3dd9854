import type { KeySource } from '../../domain/ports.ts'
import { readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { Budget } from './budget.ts'
import { KeySet } from './ring.ts'

/** Fetches the issuer's JWK set as JSON; rejects with a sentence. */
export type JwksFetch = () => Promise<unknown>

export interface RemoteKeyRingOptions {
  readonly fetchJwks: JwksFetch
  /** Milliseconds that keys outlive their last successful fetch. */
  readonly staleFor: number
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
  readonly onFetch: (outcome: 'ok' | 'failed', problem: string | null) => void
}

/**
 * The published keys of an authorization server. They are fetched on a schedule, and besides when a token names a key
 * that is not among them: within a budget, because anybody can make up names; one fetch at a time for all who wait; and
 * a name that was not found costs nothing for a minute. The last good keys outlive an outage of the server.
 */
export class RemoteKeyRing implements KeySource<VerificationKey> {
  readonly #options: RemoteKeyRingOptions
  readonly #budget: Budget
  /** Names that the server did not know, and until when we do not ask again. */
  readonly #missing = new Map<string, number>()
  #set = KeySet.none
  #fetchedAt: number | null = null
  #triedAt: number | null = null
  #lastFailed = false
  #flight: Promise<boolean> | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(options: RemoteKeyRingOptions) {
    this.#options = options
    this.#budget = new Budget(ASK_AT_ONCE, ASK_EVERY, options.clock())
  }

  candidates(kid: string | null): readonly VerificationKey[] {
    return this.#isCold() ? [] : this.#set.candidates(kid)
  }

  holds(key: VerificationKey): boolean {
    return !this.#isCold() && this.#set.holds(key)
  }

  standing(kid: string | null): 'ask' | 'absent' | 'unavailable' {
    const now = this.#options.clock()
    if (this.#isCold()) return this.#flight !== null || this.#rested(now) ? 'ask' : 'unavailable'
    const unanswered = this.#lastFailed ? 'unavailable' : 'absent'
    if (this.#set.knows(kid)) return 'absent'
    if ((this.#missing.get(kid as string) ?? 0) > now) return 'absent'
    return this.#flight !== null || this.#budget.has(now) ? 'ask' : unanswered
  }

  async ask(kid: string | null): Promise<boolean> {
    // A fetch under way may have begun before the key was published, so after it there may be one of our own.
    const joined = this.#flight !== null
    let fetched = await this.#fetchWithin()
    if (joined && fetched && !this.#set.knows(kid)) fetched = await this.#fetchWithin()
    if (fetched && kid !== null && !this.#set.knows(kid)) this.#remember(kid)
    return fetched
  }

  /** Begins the schedule: at once, then every minute, sooner while there are no keys. */
  start(): void {
    void this.#fetch().then(() => {
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.start(), this.#isCold() ? COLD_EVERY : REFRESH_EVERY)
      this.#timer.unref()
    })
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /** Waits for the fetch under way, or spends the budget on one. */
  async #fetchWithin(): Promise<boolean> {
    if (this.#flight !== null || this.#isCold() || this.#budget.take(this.#options.clock()))
      return this.#fetch()
    return !this.#lastFailed
  }

  #fetch(): Promise<boolean> {
    this.#flight ??= this.#fetchOnce().finally(() => {
      this.#flight = null
    })
    return this.#flight
  }

  async #fetchOnce(): Promise<boolean> {
    this.#triedAt = this.#options.clock()
    try {
      const keys = readJwkSet(await this.#options.fetchJwks())
      if (keys === undefined || keys.length === 0) throw new Error('the document holds no usable key')
      this.#set = this.#set.renewed(keys)
      this.#fetchedAt = this.#options.clock()
      for (const key of keys) if (key.kid !== null) this.#missing.delete(key.kid)
      this.#lastFailed = false
      this.#options.onFetch('ok', null)
    } catch (problem) {
      this.#lastFailed = true
      this.#options.onFetch('failed', problem instanceof Error ? problem.message : String(problem))
    }
    return !this.#lastFailed
  }

  /** Without keys: none were ever had, or the server has been away for too long. */
  #isCold(): boolean {
    return this.#fetchedAt === null || this.#options.clock() - this.#fetchedAt > this.#options.staleFor
  }

  #rested(now: number): boolean {
    return this.#triedAt === null || now - this.#triedAt >= COLD_REST
  }

  #remember(kid: string): void {
    if (this.#missing.size >= MISSING_AT_MOST) this.#missing.clear()
    this.#missing.set(kid, this.#options.clock() + MISSING_FOR)
  }
}

const ASK_AT_ONCE = 6
const ASK_EVERY = 10_000
const REFRESH_EVERY = 60_000
const COLD_EVERY = 2_000
const COLD_REST = 1_000
const MISSING_FOR = 60_000
const MISSING_AT_MOST = 10_000
