import type { StatusList, StatusLists } from '../../domain/ports.ts'
import { reasonOf } from '../../domain/reason.ts'
import { hasPassed } from '../../verify/jose/numeric-date.ts'
import type { ListAnswer, ListEdition } from './replica.ts'

/** A list as its issuer published it, verified and inflated. */
export interface FetchedList extends StatusList {
  /** Unix seconds; null: it has no end. */
  readonly expiresAt: number | null
  /** Seconds that the issuer lets a copy be used; null: it does not say. */
  readonly ttl: number | null
}

export interface StatusListCacheOptions {
  /** Fetches and verifies; rejects with a sentence. */
  readonly fetchList: (uri: string) => Promise<FetchedList>
  /** Milliseconds after which a list is fetched again, whatever its issuer allows. */
  readonly maxAge: number
  /** Milliseconds that a list serves on while it cannot be fetched again; never past its `exp`. */
  readonly stale: number
  readonly maxLists: number
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
  /** Unix seconds, for `exp`. */
  readonly now: () => number
  readonly onFetch: (outcome: 'ok' | 'failed', problem: string | null) => void
  /** Called with each list that was fetched or is forgotten, for the threads that hold replicas. */
  readonly onList?: (edition: ListEdition) => void
}

/**
 * The status lists of one issuer: whole lists, so that the issuer does not learn which tokens are used (TSL §12). One
 * fetch at a time for all who wait; lists in use are fetched anew before they are due; the issuer's `ttl` and `exp` go
 * before the cache headers of HTTP (TSL §8.2), within our own bounds (TSL §11.5).
 */
export class StatusListCache implements StatusLists {
  readonly #options: StatusListCacheOptions
  readonly #entries = new Map<string, Entry>()
  #timer: NodeJS.Timeout | null = null

  constructor(options: StatusListCacheOptions) {
    this.#options = options
  }

  held(uri: string, now: number): StatusList | 'ask' | 'unavailable' {
    const entry = this.#entries.get(uri)
    if (entry === undefined) return 'ask'
    const clock = this.#options.clock()
    entry.usedAt = clock
    const { list } = entry
    if (list !== null && clock < entry.freshUntil + this.#options.stale && !hasExpired(list, now)) return list
    return clock >= entry.restUntil ? 'ask' : 'unavailable'
  }

  ask(uri: string): Promise<void> {
    const entry = this.#entries.get(uri) ?? this.#enter(uri)
    if (this.#options.clock() < entry.restUntil) return Promise.resolve()
    return this.#fetch(uri, entry)
  }

  /** Answers a thread that holds a replica, and in it the edition of so many Unix seconds; null: none. */
  async answer(uri: string, has: number | null): Promise<ListAnswer> {
    const newer = this.#editionFor(uri, has)
    if (newer !== null) return { edition: newer, rest: 0 }
    await this.ask(uri)
    const rest = (this.#entries.get(uri)?.restUntil ?? 0) - this.#options.clock()
    return { edition: this.#editionFor(uri, has), rest: Math.max(0, rest) }
  }

  /** All lists that may be used, as they are published to a thread that begins. */
  editions(): ListEdition[] {
    const known = [...this.#entries].filter(([, { list }]) => list !== null)
    return known.map(([uri, entry]) => this.#editionOf(uri, entry))
  }

  /** Says that a list is in use elsewhere. */
  touch(uri: string): void {
    const entry = this.#entries.get(uri)
    if (entry !== undefined) entry.usedAt = this.#options.clock()
  }

  /** Looks every second for lists that are due, and forgets those that nobody asked about for a while. */
  start(): void {
    this.#timer = setInterval(() => this.#refresh(), EVERY)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** Seconds since each list was fetched. */
  *ages(): Iterable<{ readonly uri: string; readonly seconds: number }> {
    const clock = this.#options.clock()
    for (const [uri, { list, fetchedAt }] of this.#entries) {
      if (list !== null) yield { uri, seconds: (clock - fetchedAt) / 1000 }
    }
  }

  #refresh(): void {
    const clock = this.#options.clock()
    for (const [uri, entry] of this.#entries) {
      if (clock - entry.usedAt > IDLE) this.#forget(uri, entry)
      else if (entry.list !== null && clock >= Math.max(entry.dueAt, entry.restUntil))
        void this.#fetch(uri, entry)
    }
  }

  #fetch(uri: string, entry: Entry): Promise<void> {
    entry.flight ??= this.#fetchOnce(uri, entry).finally(() => {
      entry.flight = null
    })
    return entry.flight
  }

  async #fetchOnce(uri: string, entry: Entry): Promise<void> {
    const { fetchList, clock, onFetch } = this.#options
    try {
      const list = await fetchList(uri)
      // Else whoever can put an old edition in our way could take a revocation back. One that lies ahead was made by clocks that were wrong.
      const before = entry.list !== null && entry.list.issuedAt <= this.#options.now() ? entry.list : null
      if (before !== null && list.issuedAt < before.issuedAt)
        throw new Error(`${uri} is older than the edition before`)
      const fresh = this.#freshFor(list)
      entry.list = list
      entry.fetchedAt = clock()
      entry.freshUntil = entry.fetchedAt + fresh
      entry.dueAt = entry.fetchedAt + fresh * DUE
      entry.restUntil = Math.min(entry.fetchedAt + REST, entry.dueAt)
      this.#options.onList?.(this.#editionOf(uri, entry))
      onFetch('ok', null)
    } catch (problem) {
      entry.restUntil = clock() + REST
      onFetch('failed', reasonOf(problem))
    }
  }

  /** The list where it may be used and is another than the one that is there already. */
  #editionFor(uri: string, has: number | null): ListEdition | null {
    const held = this.held(uri, this.#options.now())
    if (typeof held === 'string' || held.issuedAt === has) return null
    return this.#editionOf(uri, this.#entries.get(uri) as Entry)
  }

  /** One that was forgotten is not fetched again, so nobody would hear of a revocation: it serves while it is fresh. */
  #editionOf(uri: string, entry: Entry): ListEdition {
    const stale = this.#entries.get(uri) === entry ? this.#options.stale : 0
    const servesFor = entry.freshUntil + stale - this.#options.clock()
    return { uri, list: entry.list as FetchedList, servesFor }
  }

  /** Milliseconds that the list may serve before it is due. */
  #freshFor({ ttl, expiresAt }: FetchedList): number {
    const { maxAge, now } = this.#options
    const seconds = Math.min(ttl ?? Number.POSITIVE_INFINITY, (expiresAt ?? Number.POSITIVE_INFINITY) - now())
    return Math.max(LEAST, Math.min(maxAge, seconds * 1000))
  }

  /** Room is made by forgetting the list that was not used for the longest time. */
  #enter(uri: string): Entry {
    if (this.#entries.size >= this.#options.maxLists) {
      const idlest = [...this.#entries].reduce((least, each) =>
        each[1].usedAt < least[1].usedAt ? each : least,
      )
      this.#forget(...idlest)
    }
    const entry = newEntry(this.#options.clock())
    this.#entries.set(uri, entry)
    return entry
  }

  #forget(uri: string, entry: Entry): void {
    this.#entries.delete(uri)
    if (entry.list !== null) this.#options.onList?.(this.#editionOf(uri, entry))
  }
}

/** Times in milliseconds of the clock. */
interface Entry {
  list: FetchedList | null
  fetchedAt: number
  freshUntil: number
  /** When it is fetched again in the background. */
  dueAt: number
  /** Until then it is not fetched again, neither after a failure nor for tokens past its end. */
  restUntil: number
  usedAt: number
  flight: Promise<void> | null
}

function newEntry(usedAt: number): Entry {
  return { list: null, fetchedAt: 0, freshUntil: 0, dueAt: 0, restUntil: usedAt, usedAt, flight: null }
}

export function hasExpired({ expiresAt }: FetchedList, now: number): boolean {
  return expiresAt !== null && hasPassed(expiresAt, now)
}

/** Milliseconds, as all below but the share. */
const EVERY = 1_000
const REST = 5_000
/** However short a `ttl` is, we do not ask more often. */
const LEAST = 1_000
/** The share of its life after which a list is fetched anew. */
const DUE = 0.8
const IDLE = 600_000
