import { compileTenants } from '../../config/compile.ts'
import type { IssuerDocument } from '../../config/document.ts'
import { Need } from '../../domain/need.ts'
import type { KeySource, StatusLists } from '../../domain/ports.ts'
import { documentFetcher } from '../../services/http/document.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { type FetchedList, StatusListCache } from '../../services/status-list/cache.ts'
import { inflateBounded } from '../../services/status-list/inflate.ts'
import type { ListAnswer, ListEdition } from '../../services/status-list/replica.ts'
import { allow, withBothNames } from '../../verify/jose/algorithms.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import { type StatusListTrust, verifyStatusListToken } from '../../verify/status-list/list-token.ts'
import { elapsed, unixNow } from '../clock.ts'
import { Kept } from '../kept.ts'
import type { Settings } from '../settings/settings.ts'
import { sources } from './sources.ts'

/** The status lists of the issuers: fetched by the control plane, and published to the threads. */
export class StatusListSources {
  readonly #caches = new Kept<StatusListCache>((lists) => lists.stop())
  readonly #keys: (settings: Settings, issuer: string) => KeySource<VerificationKey>
  readonly #log: Log
  readonly #metrics: ControlMetrics
  readonly #publish: (source: string, edition: ListEdition) => void
  #named: ReadonlyMap<string, StatusListCache> = new Map()

  constructor(
    keys: (settings: Settings, issuer: string) => KeySource<VerificationKey>,
    log: Log,
    metrics: ControlMetrics,
    publish: (source: string, edition: ListEdition) => void,
  ) {
    this.#keys = keys
    this.#log = log
    this.#metrics = metrics
    this.#publish = publish
  }

  add(settings: Settings): void {
    for (const name of Object.keys(settings.document.issuers)) {
      const source = sources.statusLists(settings, name)
      this.#caches.obtain(source, () => this.#start(settings, name, source))
    }
  }

  /** Lets go of all that this configuration does not need. */
  keep(settings: Settings): void {
    const names = Object.keys(settings.document.issuers).map(
      (name) => [name, sources.statusLists(settings, name)] as const,
    )
    this.#named = new Map(names.map(([name, source]) => [name, this.#caches.get(source) as StatusListCache]))
    this.#caches.retireAllBut(new Set(names.map(([, source]) => source)))
  }

  of(settings: Settings, name: string): StatusLists {
    return this.#caches.get(sources.statusLists(settings, name)) as StatusLists
  }

  async answer(source: string, uri: string, has: number | null): Promise<ListAnswer> {
    return (await this.#caches.get(source)?.answer(uri, has)) ?? { edition: null, rest: 0 }
  }

  touch(source: string, uris: readonly string[]): void {
    for (const uri of uris) this.#caches.get(source)?.touch(uri)
  }

  *editions(): Iterable<readonly [source: string, edition: ListEdition]> {
    for (const [source, lists] of this.#caches.entries())
      for (const edition of lists.editions()) yield [source, edition]
  }

  /** Seconds since each list was fetched. */
  *ages(): Iterable<{ readonly issuer: string; readonly uri: string; readonly seconds: number }> {
    for (const [issuer, lists] of this.#named) for (const age of lists.ages()) yield { issuer, ...age }
  }

  stop(): void {
    this.#caches.close()
  }

  #start(settings: Settings, name: string, source: string): StatusListCache {
    const issuer = settings.document.issuers[name] as IssuerDocument
    const { max_age: maxAge, stale, max_lists: maxLists } = issuer.status_list
    const lists = new StatusListCache({
      fetchList: listFetcher(issuer, this.#keys(settings, name), settings.issuerCa.get(name)),
      maxAge,
      stale,
      maxLists,
      clock: elapsed,
      now: unixNow,
      onFetch: (outcome, problem) => {
        this.#metrics.revocation.statusListFetch(name, outcome)
        if (problem !== null) this.#log.warn('status list not fetched', { issuer: name, problem })
      },
      onList: (edition) => this.#publish(source, edition),
    })
    lists.start()
    return lists
  }
}

/** Fetches, verifies and inflates; asks for the issuer's keys once where the list token names one that is not known. */
function listFetcher(
  document: IssuerDocument,
  keys: KeySource<VerificationKey>,
  ca: string | undefined,
): (uri: string) => Promise<FetchedList> {
  const { issuer, algorithms, clock_skew: clockSkew } = document
  const { max_size: largest } = document.status_list
  const trust: StatusListTrust = {
    issuers: new Set(compileTenants(document)?.keys() ?? [issuer]),
    algorithms: allow(withBothNames(algorithms)),
    clockSkew: clockSkew / 1000,
    keys,
  }
  // Twice base64url: the list in the claims, the claims in the JWS.
  const fetchDocument = documentFetcher({ ca, accept: STATUS_LIST, largest: 2 * largest + OVERHEAD })
  return async (uri) => {
    const text = (await fetchDocument(uri)).octets.toString('utf8')
    let read = verifyStatusListToken(text, uri, trust, unixNow())
    if (read instanceof Need && (await read.supply()))
      read = verifyStatusListToken(text, uri, trust, unixNow())
    if (read instanceof Need) throw new Error(`${uri} is signed with a key that could not be fetched`)
    if (typeof read === 'string') throw new Error(`${uri} ${read}`)
    const { compressed, ...rest } = read
    try {
      return { ...rest, octets: shared(await inflateBounded(compressed, largest)) }
    } catch (problem) {
      throw new Error(`${uri} ${(problem as Error).message}`)
    }
  }
}

/** A copy in memory that every thread can look into. */
function shared(octets: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(octets.length))
  copy.set(octets)
  return copy
}

/** TSL §8.1. */
const STATUS_LIST = 'application/statuslist+jwt'
/** Octets of a list token besides the list. */
const OVERHEAD = 16_384
