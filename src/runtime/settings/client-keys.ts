import type { Document } from '../../config/document.ts'
import { jsonFetcher } from '../../services/http/json.ts'
import type { Budget } from '../../services/key-ring/budget.ts'
import { ClientKeyRings, type FetchPlace } from '../../services/key-ring/client-keys.ts'
import { directoryUrl } from '../../services/key-ring/directory.ts'
import type { KeyEdition } from '../../services/key-ring/replica.ts'
import type { Log } from '../../services/log/log.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { elapsed } from '../clock.ts'
import { readKeySet, readKeySetFile } from './key-sets.ts'
import type { Settings } from './settings.ts'

/** What the files say of the keys of clients. */
export interface ClientKeyMaterials {
  /** JWK sets by `client_id`, where the keys are in the configuration or in a file. */
  readonly fixed: ReadonlyMap<string, unknown>
  /** PEM by `client_id`, where the server of its `jwks_uri` has a CA of its own. */
  readonly ca: ReadonlyMap<string, string>
  /** PEM of the directory; null: those of Node. */
  readonly directoryCa: string | null
}

export function readClientKeys(
  { clients, client_keys: directory }: Document,
  materials: Materials,
): ClientKeyMaterials {
  const fixed = new Map<string, unknown>()
  const ca = new Map<string, string>()
  for (const [index, { client_id: clientId, jwks, jwks_file: file, ca: caFile }] of clients.entries()) {
    const at = (key: string) => ['clients', index, key]
    const set =
      jwks === undefined
        ? file === undefined
          ? undefined
          : readKeySetFile(file, at('jwks_file'), materials)
        : readKeySet(jwks, at('jwks'), materials)
    if (set !== undefined) fixed.set(clientId, set)
    if (caFile !== undefined) ca.set(clientId, materials.certificates(caFile, at('ca')))
  }
  const directoryCa =
    directory?.ca === undefined ? null : materials.certificates(directory.ca, ['client_keys', 'ca'])
  return { fixed, ca, directoryCa }
}

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
