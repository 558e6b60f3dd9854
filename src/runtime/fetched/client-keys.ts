import type { Document } from '../../config/document.ts'
import { jsonFetcher } from '../../services/http/json.ts'
import type { Budget } from '../../services/key-ring/budget.ts'
import { ClientKeyRings, type FetchPlace } from '../../services/key-ring/client-keys.ts'
import { directoryUrl } from '../../services/key-ring/directory.ts'
import type { KeyEdition } from '../../services/key-ring/replica.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { elapsed } from '../clock.ts'
import type { Settings } from '../settings/settings.ts'

/** The keys of clients that are fetched, as they are needed; nobody asks here for one whose keys are in a file. `common` bounds the fetches together with those of issuers. */
export function openClientKeys(
  { document, clientKeys: { ca, directoryCa } }: Settings,
  common: Budget,
  log: Log,
  metrics: ControlMetrics,
  publish: (clientId: string, edition: KeyEdition) => void,
): ClientKeyRings {
  const { clients, client_keys: directory } = document
  const listed = new Map<string, FetchPlace>()
  for (const { client_id: clientId, jwks_uri: url } of clients) {
    if (url !== undefined) listed.set(clientId, { url, fetchJson: jsonFetcher(ca.get(clientId)) })
  }
  const fetchFromDirectory = jsonFetcher(directoryCa ?? undefined)
  return new ClientKeyRings({
    place: (clientId) => {
      const place = listed.get(clientId)
      if (place !== undefined || directory === undefined) return place
      const url = directoryUrl(directory.jwks_uri, clientId)
      return url === undefined ? undefined : { url, fetchJson: fetchFromDirectory }
    },
    common,
    atMost: clientsAtMost(document),
    clock: elapsed,
    onEdition: publish,
    onFetch: (clientId, outcome, problem) => {
      metrics.jwksFetch('clients', outcome)
      if (problem !== null) log.warn('keys of a client not fetched', { client_id: clientId, problem })
    },
  })
}

/** Clients whose fetched keys are held at a time. */
export function clientsAtMost({ clients, client_keys: directory }: Document): number {
  const listed = clients.filter(({ jwks_uri: url }) => url !== undefined)
  return Math.max(directory?.max_clients ?? 0, listed.length)
}
