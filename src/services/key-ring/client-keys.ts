import { isJsonObject } from '../../codec/json.ts'
import type { KeySource } from '../../domain/ports.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import { FetchRefused } from '../http/document.ts'
import type { JsonFetcher } from '../http/json.ts'
import { Budget } from './budget.ts'
import { noKeys } from './fixed.ts'
import { RemoteKeyRing } from './remote.ts'
import type { KeyAnswer, KeyEdition } from './replica.ts'

/** Where the keys of a client are. */
export interface FetchPlace {
  readonly url: string
  readonly fetchJson: JsonFetcher
}

export interface ClientKeyRingsOptions {
  /** Undefined for a client that nobody knows. */
  readonly place: (clientId: string) => FetchPlace | undefined
  /** Bounds the fetches that unknown key names cause, together with those of issuers. */
  readonly common: Budget
  /** Rings that are held at a time; the one longest unused goes. */
  readonly atMost: number
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
  /** Called with each edition that was fetched, and with an empty one when a client has keys no more, or none that are kept fresh. */
  readonly onEdition?: (clientId: string, edition: KeyEdition) => void
  readonly onFetch: (clientId: string, outcome: 'ok' | 'failed', problem: string | null) => void
}

/**
 * The keys of clients, each client with a ring of its own: made when it first signs, kept fresh while it is used, forgotten
 * after. How many are made in a time is bounded, for there may be as many clients as an authorization server registers; one
 * that the directory does not know, or whose set is empty, costs it nothing for a minute, one that cannot be fetched nothing for five seconds.
 */
export class ClientKeyRings {
  readonly #options: ClientKeyRingsOptions
  readonly #firsts: Budget
  /** In the order of their last use. */
  readonly #rings = new Map<string, Ring>()
  /** Clients without keys, until when, and what is said of them meanwhile. */
  readonly #without = new Map<
    string,
    { readonly until: number; readonly source: KeySource<VerificationKey> }
  >()
  #sweeper: NodeJS.Timeout | null = null

  constructor(options: ClientKeyRingsOptions) {
    this.#options = options
    this.#firsts = new Budget(FIRSTS_AT_ONCE, FIRST_EVERY, options.clock())
  }

  /** The keys of this client and of no other. */
  of(clientId: string): KeySource<VerificationKey> {
    const now = this.#options.clock()
    const ring = this.#rings.get(clientId)
    if (ring !== undefined) {
      this.#rings.delete(clientId)
      this.#rings.set(clientId, ring)
      ring.usedAt = now
      return ring.source
    }
    const without = this.#without.get(clientId)
    if (without !== undefined && without.until > now) return without.source
    const place = this.#options.place(clientId)
    if (place === undefined) return noKeys
    return this.#firsts.take(now) ? this.#begin(clientId, place, now) : unavailable
  }

  /** Answers a thread that holds a replica; the edition, where it has none yet, is published before. */
  async answer(clientId: string, kid: string | null): Promise<KeyAnswer> {
    const source = this.of(clientId)
    const ring = this.#rings.get(clientId)
    if (ring === undefined) {
      const standing = source.standing(kid) === 'unavailable' ? 'unavailable' : 'absent'
      return { fetched: standing === 'absent', missingFor: 0, standing }
    }
    const edition = ring.remote.edition()
    if (edition !== null) this.#options.onEdition?.(clientId, edition)
    const answer = await ring.remote.answer(kid)
    // That the directory does not know the client is an answer as well.
    return ring.isAbsent() ? { fetched: true, missingFor: 0, standing: 'absent' } : answer
  }

  /** Says that keys of these clients are in use elsewhere. */
  touch(clientIds: readonly string[]): void {
    for (const clientId of clientIds) if (this.#rings.has(clientId)) this.of(clientId)
  }

  /** How many rings there are. */
  get size(): number {
    return this.#rings.size
  }

  stop(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
    for (const { remote } of this.#rings.values()) remote.stop()
    this.#rings.clear()
  }

  #begin(clientId: string, { url, fetchJson }: FetchPlace, now: number): KeySource<VerificationKey> {
    let isAbsent = false
    const remote = new RemoteKeyRing({
      fetchJwks: async () => {
        try {
          const fetched = await fetchJson(url)
          isAbsent = namesNoKey(fetched.value)
          return fetched
        } catch (problem) {
          isAbsent = problem instanceof FetchRefused && GONE.has(problem.status)
          throw problem
        }
      },
      common: this.#options.common,
      staleFor: STALE_FOR,
      clock: this.#options.clock,
      onFetch: (outcome, problem) => {
        if (outcome === 'ok') this.#tell(clientId, ring)
        else if (isAbsent || remote.isCold) this.#forget(clientId, ring, isAbsent)
        this.#options.onFetch(clientId, outcome, problem)
      },
    })
    const ring = new Ring(remote, now, () => isAbsent)
    this.#rings.set(clientId, ring)
    if (this.#rings.size > this.#options.atMost)
      this.#drop(...(this.#rings.entries().next().value as [string, Ring]))
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_EVERY).unref()
    return ring.source
  }

  #tell(clientId: string, ring: Ring): void {
    ring.keepFresh()
    const edition = ring.remote.edition()
    const current = this.#rings.get(clientId)
    if (edition === null || (current !== undefined && current !== ring)) return
    // One that went while it fetched serves who waits for it; that a key is withdrawn nobody would hear.
    const servesFor = current === ring ? edition.servesFor : Math.min(edition.servesFor, UNHELD_FOR)
    this.#options.onEdition?.(clientId, { ...edition, servesFor })
  }

  #forget(clientId: string, ring: Ring, isAbsent: boolean): void {
    if (this.#rings.get(clientId) !== ring) return
    this.#drop(clientId, ring)
    if (this.#without.size >= WITHOUT_AT_MOST) this.#without.clear()
    const until = this.#options.clock() + (isAbsent ? ABSENT_FOR : UNAVAILABLE_FOR)
    this.#without.set(clientId, { until, source: isAbsent ? noKeys : unavailable })
  }

  /** Whoever holds its keys is told: nobody would hear from now on that one was withdrawn. */
  #drop(clientId: string, { remote }: Ring): void {
    remote.stop()
    this.#rings.delete(clientId)
    this.#options.onEdition?.(clientId, NO_EDITION)
  }

  #sweep(): void {
    const now = this.#options.clock()
    for (const [clientId, ring] of this.#rings) {
      if (now - ring.usedAt > IDLE_FOR) this.#drop(clientId, ring)
    }
  }
}

/** Whether a set says that there are no keys (RFC 7517 §5): that is an answer, and what cannot be read is none. */
function namesNoKey(document: unknown): boolean {
  return isJsonObject(document) && Array.isArray(document['keys']) && document['keys'].length === 0
}

class Ring {
  readonly remote: RemoteKeyRing
  readonly source: KeySource<VerificationKey>
  /** Whether the server said that there is no such client, or that it has no keys. */
  readonly isAbsent: () => boolean
  usedAt: number
  #isScheduled = false

  constructor(remote: RemoteKeyRing, now: number, isAbsent: () => boolean) {
    this.remote = remote
    this.usedAt = now
    this.isAbsent = isAbsent
    this.source = {
      candidates: (kid) => remote.candidates(kid),
      holds: (key) => remote.holds(key),
      standing: (kid) => remote.standing(kid),
      // That the directory does not know the client is an answer as well.
      ask: async (kid) => (await remote.ask(kid)) || isAbsent(),
    }
  }

  keepFresh(): void {
    if (!this.#isScheduled) this.remote.schedule()
    this.#isScheduled = true
  }
}

/** Of a client whose keys cannot be had now. */
const unavailable: KeySource<VerificationKey> = {
  candidates: () => [],
  holds: () => false,
  standing: () => 'unavailable',
  ask: () => Promise.resolve(false),
}

const NO_EDITION: KeyEdition = { jwks: { keys: [] }, servesFor: 0 }
/** What a directory says of a client that it does not have. */
const GONE: ReadonlySet<number> = new Set([404, 410])
const FIRSTS_AT_ONCE = 50
/** Milliseconds, as all below. */
const FIRST_EVERY = 100
/** A client whose keys were withdrawn must not sign for long after, so an outage is not bridged as long as an issuer's. */
const STALE_FOR = 3_600_000
const IDLE_FOR = 900_000
const SWEEP_EVERY = 60_000
const ABSENT_FOR = 60_000
const UNHELD_FOR = 5_000
const UNAVAILABLE_FOR = 5_000
const WITHOUT_AT_MOST = 10_000
