import type { KeySource } from '../../domain/ports.ts'
import { reasonOf } from '../../domain/reason.ts'
import { namesTwice, readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { KeySet } from '../../verify/jose/key-set.ts'
import type { FetchedJson } from '../http/json.ts'
import { Budget } from './budget.ts'
import type { KeyAnswer, KeyEdition } from './replica.ts'

/** Fetches the issuer's JWK set; rejects with a sentence. */
export type JwksFetch = () => Promise<FetchedJson>

/** What an operator may see of a key ring, as `GET /keys` writes it. Times in seconds. */
export interface KeyRingState {
  /** Of the keys that serve: none where the server has been away for too long. */
  readonly kids: readonly (string | null)[]
  /** Since the last good fetch; null where there was none. */
  readonly age: number | null
  readonly next_refresh: number | null
  /** What went wrong with the last fetch; null where it was good. */
  readonly problem: string | null
  /** Names that more than one key has. */
  readonly shared: readonly string[]
}

export interface RemoteKeyRingOptions {
  readonly fetchJwks: JwksFetch
  /** Bounds the fetches that unknown names cause over all issuers together. */
  readonly common: Budget
  /** Milliseconds that keys serve on once they are due to be fetched and cannot be. */
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
  #document: unknown = null
  #fetchedAt: number | null = null
  #triedAt: number | null = null
  #problem: string | null = null
  #refreshEvery = REFRESH_LEAST
  #refreshAt: number | null = null
  #flight: Promise<boolean> | null = null
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: RemoteKeyRingOptions) {
    this.#options = options
    this.#budget = new Budget(ASK_AT_ONCE, ASK_EVERY, options.clock())
  }

  candidates(kid: string | null): readonly VerificationKey[] {
    return this.isCold ? [] : this.#set.candidates(kid)
  }

  holds(key: VerificationKey): boolean {
    return !this.isCold && this.#set.holds(key)
  }

  standing(kid: string | null): 'ask' | 'absent' | 'unavailable' {
    const now = this.#options.clock()
    if (this.isCold) return this.#flight !== null || this.#rested(now) ? 'ask' : 'unavailable'
    const unanswered = this.#problem !== null ? 'unavailable' : 'absent'
    if (this.#set.knows(kid)) return 'absent'
    if ((this.#missing.get(kid as string) ?? 0) > now) return 'absent'
    return this.#mayFetch(now) ? 'ask' : unanswered
  }

  async ask(kid: string | null): Promise<boolean> {
    // A fetch under way may have begun before the key was published, so after it there may be one of our own.
    const joined = this.#flight !== null
    let fetched = await this.#fetchWithin()
    if (joined && fetched && !this.#set.knows(kid)) {
      // Where there may be none nobody has asked for it, so that it was not found is nothing to remember.
      if (!this.#mayFetch(this.#options.clock())) return true
      fetched = await this.#fetchWithin()
    }
    if (fetched && kid !== null && !this.#set.knows(kid)) this.#remember(kid)
    return fetched
  }

  /** Answers a thread that holds a replica. */
  async answer(kid: string | null): Promise<KeyAnswer> {
    const standing = this.standing(kid)
    const missingFor = () => Math.max(0, (this.#missing.get(kid as string) ?? 0) - this.#options.clock())
    if (standing === 'ask') {
      const fetched = await this.ask(kid)
      const after = this.#set.knows(kid) ? null : fetched ? 'absent' : 'unavailable'
      return { fetched, missingFor: missingFor(), standing: missingFor() > 0 ? null : after }
    }
    const missing = missingFor()
    // A name that the set knows was fetched after the thread looked.
    const isKnown = !this.isCold && this.#set.knows(kid)
    return {
      fetched: standing === 'absent',
      missingFor: missing,
      standing: isKnown || missing > 0 ? null : standing,
    }
  }

  /** The keys as they are published to other threads; null while there are none. */
  edition(): KeyEdition | null {
    return this.isCold ? null : { jwks: this.#document, servesFor: this.#coldAt - this.#options.clock() }
  }

  state(): KeyRingState {
    const now = this.#options.clock()
    return {
      kids: this.isCold ? [] : this.#set.keys.map(({ kid }) => kid),
      age: this.#fetchedAt === null ? null : Math.round((now - this.#fetchedAt) / 1000),
      next_refresh: this.#refreshAt === null ? null : Math.round(Math.max(0, this.#refreshAt - now) / 1000),
      problem: this.#problem,
      shared: namesTwice(this.#document),
    }
  }

  /** Fetches at once, whatever the budget, for an operator: a key is withdrawn. What is under way may have begun before. */
  async refresh(): Promise<boolean> {
    if (this.#flight !== null) await this.#flight
    const fetched = await this.#fetch()
    if (fetched) this.#missing.clear()
    this.schedule()
    return fetched
  }

  /**
   * Begins the schedule: at once, then as the server lets us keep the answer, between one minute and ten; after a failure in
   * one, or a withdrawn key would serve for as long once more; sooner while there are no keys. No budget holds it back, so
   * made-up names cannot keep a rotation from being seen.
   */
  start(): void {
    void this.#fetch().then(() => this.schedule())
  }

  /** Begins the schedule with the next fetch, where the first was somebody's who asked. */
  schedule(): void {
    if (this.#stopped) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    const fresh = this.#problem === null ? this.#refreshEvery : REFRESH_LEAST
    const wait = this.isCold ? COLD_EVERY : fresh
    this.#refreshAt = this.#options.clock() + wait
    this.#timer = setTimeout(() => this.start(), wait)
    this.#timer.unref()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /** Waits for the fetch under way, or spends the budget on one. */
  async #fetchWithin(): Promise<boolean> {
    if (this.#flight !== null || this.isCold || this.#spend()) return this.#fetch()
    return this.#problem === null
  }

  #mayFetch(now: number): boolean {
    return this.#flight !== null || (this.#budget.has(now) && this.#options.common.has(now))
  }

  #spend(): boolean {
    const now = this.#options.clock()
    return this.#budget.has(now) && this.#options.common.take(now) && this.#budget.take(now)
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
      const { url, value, maxAge } = await this.#options.fetchJwks()
      const keys = readJwkSet(value)
      if (keys === undefined || keys.length === 0) throw new Error(`${url} holds no usable key`)
      this.#set = this.#set.renewed(keys)
      this.#document = value
      this.#fetchedAt = this.#options.clock()
      for (const key of keys) if (key.kid !== null) this.#missing.delete(key.kid)
      this.#problem = null
      this.#refreshEvery = Math.min(Math.max((maxAge ?? 0) * 1000, REFRESH_LEAST), REFRESH_MOST)
      this.#options.onFetch('ok', null)
    } catch (problem) {
      this.#problem = reasonOf(problem)
      this.#options.onFetch('failed', this.#problem)
    }
    return this.#problem === null
  }

  /** Without keys: none were ever had, or the server has been away for too long. */
  get isCold(): boolean {
    return this.#options.clock() > this.#coldAt
  }

  /** As long as a fetch takes they serve beside it, whatever `staleFor` is. */
  get #coldAt(): number {
    if (this.#fetchedAt === null) return Number.NEGATIVE_INFINITY
    return this.#fetchedAt + this.#refreshEvery + FETCHED_WITHIN + this.#options.staleFor
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
const MISSING_AT_MOST = 10_000
/** Milliseconds, as all below. */
const ASK_EVERY = 10_000
const REFRESH_LEAST = 60_000
const REFRESH_MOST = 600_000
/** Longer than the metadata and the set take together. */
const FETCHED_WITHIN = 20_000
const COLD_EVERY = 2_000
const COLD_REST = 1_000
const MISSING_FOR = 60_000
