import type { ClientKeys, KeySource } from '../domain/ports.ts'
import { jsonFetcher } from '../services/http/json.ts'
import { commonBudget } from '../services/key-ring/budget.ts'
import { discoverJwksUri } from '../services/key-ring/discovery.ts'
import { type KeyRingState, RemoteKeyRing } from '../services/key-ring/remote.ts'
import { noKeys } from '../services/key-ring/ring.ts'
import type { Log } from '../services/log/log.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { openClientKeys } from './client-keys.ts'
import { needsKeys } from './introspection.ts'
import type { Settings } from './settings.ts'

export interface RunningKeyRings {
  /** The keys of an issuer, by its name in the configuration; none where they are not needed. */
  readonly of: (issuer: string) => KeySource<VerificationKey>
  /** The keys of each client; fetched as they are needed. */
  readonly ofClient: ClientKeys<VerificationKey>
  /** Of those that are fetched. */
  readonly states: () => { readonly [issuer: string]: KeyRingState }
  stop(): void
}

/** The issuers' keys: from files, or fetched on a schedule within one budget for all. */
export function startKeyRings(
  { document, issuerCa, fixedKeys, clientKeys }: Settings,
  log: Log,
  metrics: Metrics,
): RunningKeyRings {
  const remote = new Map<string, RemoteKeyRing>()
  const common = commonBudget(performance.now())
  for (const [name, issuer] of Object.entries(document.issuers)) {
    if (fixedKeys.has(name) || !needsKeys(issuer)) continue
    const fetchJson = jsonFetcher(issuerCa.get(name))
    const elsewhere = { url: issuer.metadata_url, issuer: issuer.metadata_issuer }
    let told: string | null = null
    const ring = new RemoteKeyRing({
      fetchJwks: async () =>
        fetchJson(issuer.jwks_uri ?? (await discoverJwksUri(issuer.issuer, fetchJson, elsewhere))),
      common,
      staleFor: issuer.stale_keys,
      clock: () => performance.now(),
      onFetch: (outcome, problem) => {
        metrics.jwksFetch(name, outcome)
        // While a server is away it is asked every other second; that it is away is said once.
        if (problem !== null && problem !== told) log.warn('key set not fetched', { issuer: name, problem })
        if (problem === null && told !== null) log.info('key set fetched again', { issuer: name })
        told = problem
      },
    })
    ring.start()
    remote.set(name, ring)
  }
  const clients = openClientKeys(document, clientKeys, common, log, metrics)
  const states = () => Object.fromEntries([...remote].map(([name, ring]) => [name, ring.state()]))
  metrics.watchKeys(states)
  return {
    of: (name) => remote.get(name) ?? fixedKeys.get(name) ?? noKeys,
    ofClient: (clientId) => clients.of(clientId),
    states,
    stop: () => {
      clients.stop()
      for (const ring of remote.values()) ring.stop()
    },
  }
}
