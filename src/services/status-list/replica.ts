import type { StatusList, StatusLists } from '../../domain/ports.ts'
import { type FetchedList, hasExpired } from './cache.ts'

/** A list as it passes between threads; its octets lie in memory that all of them share. */
export interface ListEdition {
  readonly uri: string
  readonly list: FetchedList
  /** Milliseconds from now that it serves on where no other follows. */
  readonly servesFor: number
}

/** What came of asking the thread that fetches. */
export interface ListAnswer {
  readonly edition: ListEdition | null
  /** Milliseconds that it makes no sense to ask again. */
  readonly rest: number
}

export interface StatusListReplicaOptions {
  /** Asks the thread that fetches, which is told the `issuedAt` of what is here. Rejects where it is gone. */
  readonly ask: (uri: string, has: number | null) => Promise<ListAnswer>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** The status lists of an issuer where requests are judged: looked up at once, fetched by another thread. */
export class StatusListReplica implements StatusLists {
  readonly #options: StatusListReplicaOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: StatusListReplicaOptions) {
    this.#options = options
  }

  publish({ uri, list, servesFor }: ListEdition): void {
    const now = this.#options.clock()
    const usedAt = this.#entries.get(uri)?.usedAt ?? now
    this.#enter(uri, { list, coldAt: now + servesFor, restUntil: 0, usedAt })
  }

  held(uri: string, now: number): StatusList | 'ask' | 'unavailable' {
    const entry = this.#entries.get(uri)
    if (entry === undefined) return 'ask'
    const clock = this.#options.clock()
    entry.usedAt = clock
    const { list, coldAt, restUntil } = entry
    if (list !== null && clock < coldAt && !hasExpired(list, now)) return list
    return clock >= restUntil ? 'ask' : 'unavailable'
  }

  async ask(uri: string): Promise<void> {
    const { list = null, coldAt = 0 } = this.#entries.get(uri) ?? {}
    const has = list !== null && this.#options.clock() < coldAt ? list.issuedAt : null
    const { edition, rest } = await this.#options.ask(uri, has).catch(() => GONE)
    const now = this.#options.clock()
    if (edition !== null) return this.publish(edition)
    const known = this.#entries.get(uri)
    this.#enter(uri, { list: null, coldAt: 0, ...known, restUntil: now + rest, usedAt: now })
  }

  /** The lists that were looked at within so many milliseconds, so that they are kept fresh. */
  inUse(within: number): string[] {
    const since = this.#options.clock() - within
    return [...this.#entries].filter(([, { usedAt }]) => usedAt >= since).map(([uri]) => uri)
  }

  /** The thread that fetches has bounds of its own; here is forgotten what it need not keep for us. */
  #enter(uri: string, entry: Entry): void {
    for (const [other, { usedAt }] of this.#entries)
      if (this.#options.clock() - usedAt > IDLE) this.#entries.delete(other)
    this.#entries.set(uri, entry)
  }
}

/** Times in milliseconds of the clock. */
interface Entry {
  readonly list: FetchedList | null
  readonly coldAt: number
  readonly restUntil: number
  usedAt: number
}

const GONE: ListAnswer = { edition: null, rest: 1_000 }
/** Milliseconds. */
const IDLE = 600_000
