import type { IssuerDocument } from '../../config/document.ts'
import type { ClientKeys, KeySource } from '../../domain/ports.ts'
import { jsonFetcher } from '../../services/http/json.ts'
import { commonBudget } from '../../services/key-ring/budget.ts'
import type { ClientKeyRings } from '../../services/key-ring/client-keys.ts'
import { withoutDenied } from '../../services/key-ring/denied.ts'
import { discoverJwksUri } from '../../services/key-ring/discovery.ts'
import { fixedKeyRing, fixedOr, noKeys } from '../../services/key-ring/fixed.ts'
import { type KeyRingState, RemoteKeyRing } from '../../services/key-ring/remote.ts'
import { type KeyAnswer, type KeyEdition, NOT_FETCHED } from '../../services/key-ring/replica.ts'
import type { Log } from '../../services/log/log.ts'
import type { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import { elapsed } from '../clock.ts'
import { Kept } from '../kept.ts'
import type { Settings } from '../settings/settings.ts'
import { clientSources, openClientKeys } from './client-keys.ts'
import { needsKeys } from './introspection.ts'
import { sources } from './sources.ts'

/** The issuers' keys: from files, or fetched on a schedule within one budget for all, and published to the threads. */
export class KeyRings {
  readonly #rings = new Kept<RemoteKeyRing>((ring) => ring.stop())
  readonly #clients = new Kept<ClientKeyRings>((clients) => clients.stop())
  readonly #common = commonBudget(elapsed())
  readonly #log: Log
  readonly #metrics: ControlMetrics
  readonly #publish: PublishKeys
  /** Of the fetched, by the issuer's name. */
  #named: ReadonlyMap<string, RemoteKeyRing> = new Map()

  constructor(log: Log, metrics: ControlMetrics, publish: PublishKeys) {
    this.#log = log
    this.#metrics = metrics
    this.#publish = publish
  }

  /** Begins to fetch what a configuration needs and is not fetched yet. */
  add(settings: Settings): void {
    for (const name of fetched(settings)) {
      const source = sources.keys(settings, name)
      const edition = this.#rings.obtain(source, () => this.#start(settings, name, source)).edition()
      // Threads may have let go of the keys of a ring that was still to be retired here.
      if (edition !== null) this.#publish.issuer(source, edition)
    }
    for (const source of clientSources(settings).all)
      this.#clients.obtain(source.name, () =>
        openClientKeys(source, this.#common, this.#log, this.#metrics, (...told) =>
          this.#publish.client(source.name, ...told),
        ),
      )
  }

  /** Lets go of all that this configuration does not need. */
  keep(settings: Settings): void {
    const names = fetched(settings).map((name) => [name, sources.keys(settings, name)] as const)
    this.#named = new Map(names.map(([name, source]) => [name, this.#rings.get(source) as RemoteKeyRing]))
    this.#rings.retireAllBut(new Set(names.map(([, source]) => source)))
    this.#clients.retireAllBut(new Set(clientSources(settings).all.map((source) => source.name)))
  }

  /** The keys of an issuer, by its name in the configuration; none where they are not needed. */
  of(settings: Settings, name: string): KeySource<VerificationKey> {
    const fixed = settings.fixedKeys.get(name)
    const fetched = this.#rings.get(sources.keys(settings, name))
    const keys = fixed === undefined ? fetched : fixedKeyRing(fixed)
    return withoutDenied(keys ?? noKeys, (settings.document.issuers[name] as IssuerDocument).denied_keys)
  }

  /** The keys of each client; fetched as they are needed. */
  ofClients(settings: Settings): ClientKeys<VerificationKey> {
    const { of } = clientSources(settings)
    return fixedOr(settings.clientKeys.fixed, (clientId) =>
      (this.#clients.get(of(clientId).name) as ClientKeyRings).of(clientId),
    )
  }

  /** Fetches the keys of an issuer at once. Its state afterwards; undefined where its keys are not fetched. */
  async refresh(name: string): Promise<KeyRingState | undefined> {
    const ring = this.#named.get(name)
    await ring?.refresh()
    return ring?.state()
  }

  async answer(source: string, kid: string | null): Promise<KeyAnswer> {
    return this.#rings.get(source)?.answer(kid) ?? NOT_FETCHED
  }

  async answerForClient(source: string, clientId: string, kid: string | null): Promise<KeyAnswer> {
    return this.#clients.get(source)?.answer(clientId, kid) ?? NOT_FETCHED
  }

  touchClients(source: string, clientIds: readonly string[]): void {
    this.#clients.get(source)?.touch(clientIds)
  }

  *editions(): Iterable<readonly [source: string, edition: KeyEdition]> {
    for (const [source, ring] of this.#rings.entries()) {
      const edition = ring.edition()
      if (edition !== null) yield [source, edition]
    }
  }

  /** Of those that are fetched. */
  states(): { readonly [issuer: string]: KeyRingState } {
    return Object.fromEntries([...this.#named].map(([name, ring]) => [name, ring.state()]))
  }

  stop(): void {
    this.#rings.close()
    this.#clients.close()
  }

  #start({ document, issuerCa }: Settings, name: string, source: string): RemoteKeyRing {
    const issuer = document.issuers[name] as IssuerDocument
    const fetchJson = jsonFetcher(issuerCa.get(name))
    const elsewhere = { url: issuer.metadata_url, issuer: issuer.metadata_issuer }
    let told: string | null = null
    let toldShared = ''
    const ring = new RemoteKeyRing({
      fetchJwks: async () =>
        fetchJson(issuer.jwks_uri ?? (await discoverJwksUri(issuer.issuer, fetchJson, elsewhere))),
      common: this.#common,
      staleFor: issuer.stale_keys,
      clock: elapsed,
      onFetch: (outcome, problem) => {
        const edition = outcome === 'ok' ? ring.edition() : null
        if (edition !== null) this.#publish.issuer(source, edition)
        this.#metrics.jwksFetch(name, outcome)
        // While a server is away it is asked every other second; that it is away is said once.
        if (problem !== null && problem !== told)
          this.#log.warn('key set not fetched', { issuer: name, problem })
        if (problem === null && told !== null) this.#log.info('key set fetched again', { issuer: name })
        told = problem
        const shared = ring.state().shared.join(' ')
        if (shared !== '' && shared !== toldShared)
          this.#log.warn('key set names several keys alike', { issuer: name, kids: shared })
        toldShared = shared
      },
    })
    ring.start()
    return ring
  }
}

export interface PublishKeys {
  readonly issuer: (source: string, edition: KeyEdition) => void
  readonly client: (source: string, clientId: string, edition: KeyEdition) => void
}

/** The issuers whose keys are fetched. */
function fetched({ document, fixedKeys }: Settings): string[] {
  return Object.entries(document.issuers)
    .filter(([name, issuer]) => !fixedKeys.has(name) && needsKeys(issuer))
    .map(([name]) => name)
}
