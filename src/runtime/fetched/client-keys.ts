import { jsonFetcher } from '../../services/http/json.ts'
import type { Budget } from '../../services/key-ring/budget.ts'
import { ClientKeyRings } from '../../services/key-ring/client-keys.ts'
import { directoryUrl } from '../../services/key-ring/directory.ts'
import type { KeyEdition } from '../../services/key-ring/replica.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { elapsed } from '../clock.ts'
import type { Settings } from '../settings/settings.ts'
import { sources } from './sources.ts'

/** Where the keys of clients are fetched: those of one that has a place of its own, or those of a directory. */
export interface ClientSource {
  readonly name: string
  /** Undefined where that can be nowhere. */
  readonly urlOf: (clientId: string) => string | undefined
  /** PEM; undefined: those of Node. */
  readonly ca: string | undefined
  /** Clients whose keys are held at a time. */
  readonly atMost: number
}

/** Each client with a place of its own has its own source, so that it keeps its keys when another comes or goes. */
export function clientSources(settings: Settings): {
  readonly all: readonly ClientSource[]
  readonly of: (clientId: string) => ClientSource
} {
  const { clients, client_keys: given } = settings.document
  const { ca, directoryCa } = settings.clientKeys
  const own = new Map<string, ClientSource>()
  for (const { client_id: clientId, jwks_uri: url } of clients) {
    if (url === undefined) continue
    const name = sources.clientKeys(settings, clientId, url)
    own.set(clientId, { name, urlOf: () => url, ca: ca.get(clientId), atMost: 1 })
  }
  const directory: ClientSource = {
    name: sources.clientDirectory(settings),
    urlOf: (clientId) => (given === undefined ? undefined : directoryUrl(given.jwks_uri, clientId)),
    ca: directoryCa ?? undefined,
    atMost: given?.max_clients ?? 0,
  }
  return { all: [directory, ...own.values()], of: (clientId) => own.get(clientId) ?? directory }
}

/** The keys of clients that are fetched, as they are needed; nobody asks here for one whose keys are in a file. `common` bounds the fetches together with those of issuers. */
export function openClientKeys(
  { urlOf, ca, atMost }: ClientSource,
  common: Budget,
  log: Log,
  metrics: ControlMetrics,
  publish: (clientId: string, edition: KeyEdition) => void,
): ClientKeyRings {
  const fetchJson = jsonFetcher(ca)
  return new ClientKeyRings({
    place: (clientId) => {
      const url = urlOf(clientId)
      return url === undefined ? undefined : { url, fetchJson }
    },
    common,
    atMost,
    clock: elapsed,
    onEdition: publish,
    onFetch: (clientId, outcome, problem) => {
      metrics.jwksFetch('clients', outcome)
      if (problem !== null) log.warn('keys of a client not fetched', { client_id: clientId, problem })
    },
  })
}
