import type { TokenLifetimes } from '../admin/revocation-request.ts'
import { withBothNames } from '../config/compile.ts'
import type { Document, IssuerDocument } from '../config/document.ts'
import { Need } from '../domain/need.ts'
import type { KeySource } from '../domain/ports.ts'
import { textFetcher } from '../services/http/text.ts'
import type { Log } from '../services/log/log.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import { RevocationList } from '../services/revocation/revocation-list.ts'
import { type FetchedList, StatusListCache } from '../services/status-list/cache.ts'
import { inflateBounded } from '../services/status-list/inflate.ts'
import { allow } from '../verify/jose/algorithms.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { type StatusListTrust, verifyStatusListToken } from '../verify/status-list/list-token.ts'
import { unixNow } from './clock.ts'
import type { Settings } from './settings.ts'

/** What tells whether a token was taken back. */
export interface Revoking {
  readonly revocations: RevocationList
  /** By issuer name. */
  readonly statusLists: ReadonlyMap<string, StatusListCache>
  readonly lifetimes: TokenLifetimes
  stop(): void
}

export function startRevoking(
  { document, issuerCa }: Settings,
  keys: (issuer: string) => KeySource<VerificationKey>,
  log: Log,
  metrics: Metrics,
): Revoking {
  const revocations = new RevocationList(ENTRIES, (by) => metrics.revocation.hit(by))
  const statusLists = new Map<string, StatusListCache>()
  for (const [name, issuer] of Object.entries(document.issuers)) {
    const settings = issuer.status_list
    const lists = new StatusListCache({
      fetchList: listFetcher(issuer, keys(name), issuerCa.get(name)),
      maxAge: settings.max_age,
      stale: settings.stale,
      maxLists: settings.max_lists,
      clock: () => performance.now(),
      now: unixNow,
      onFetch: (outcome, problem) => {
        metrics.revocation.statusListFetch(name, outcome)
        if (problem !== null) log.warn('status list not fetched', { issuer: name, problem })
      },
    })
    lists.start()
    statusLists.set(name, lists)
  }
  metrics.revocation.watch({
    entries: () => revocations.entries(unixNow()).length,
    *ages() {
      for (const [issuer, lists] of statusLists) for (const age of lists.ages()) yield { issuer, ...age }
    },
  })
  return {
    revocations,
    statusLists,
    lifetimes: tokenLifetimes(document),
    stop: () => {
      for (const lists of statusLists.values()) lists.stop()
    },
  }
}

/** Fetches, verifies and inflates; asks for the issuer's keys once where the list token names one that is not known. */
function listFetcher(
  { issuer, algorithms, clock_skew: clockSkew, status_list: { max_size: largest } }: IssuerDocument,
  keys: KeySource<VerificationKey>,
  ca: string | undefined,
): (uri: string) => Promise<FetchedList> {
  const trust: StatusListTrust = {
    issuer,
    algorithms: allow(withBothNames(algorithms)),
    clockSkew: clockSkew / 1000,
    keys,
  }
  // Twice base64url: the list in the claims, the claims in the JWS.
  const fetchText = textFetcher({ ca, accept: 'application/statuslist+jwt', largest: 2 * largest + OVERHEAD })
  return async (uri) => {
    const text = await fetchText(uri)
    let read = verifyStatusListToken(text, uri, trust, unixNow())
    if (read instanceof Need && (await read.supply()))
      read = verifyStatusListToken(text, uri, trust, unixNow())
    if (read instanceof Need) throw new Error(`${uri} is signed with a key that could not be fetched`)
    if (typeof read === 'string') throw new Error(`${uri} ${read}`)
    const { compressed, ...rest } = read
    try {
      return { ...rest, octets: await inflateBounded(compressed, largest) }
    } catch (problem) {
      throw new Error(`${uri} ${(problem as Error).message}`)
    }
  }
}

/** Of several entries for one issuer the longest counts; where one has no bound, there is none. */
function tokenLifetimes({ issuers }: Document): TokenLifetimes {
  const lifetimes = new Map<string, number | null>()
  for (const { issuer, max_token_lifetime: bound, introspection } of Object.values(issuers)) {
    // Opaque tokens do not say how long they live.
    const seconds = bound === undefined || introspection !== undefined ? null : bound / 1000
    const known = lifetimes.get(issuer)
    lifetimes.set(issuer, known === null || seconds === null ? null : Math.max(known ?? 0, seconds))
  }
  return lifetimes
}

const ENTRIES = 100_000
/** Octets of a list token besides the list. */
const OVERHEAD = 16_384
