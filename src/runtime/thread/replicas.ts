import type {
  ClientKeys,
  ConsentSource,
  IntrospectionSource,
  KeySource,
  StatusLists,
} from '../../domain/ports.ts'
import { consentMemory } from '../../services/consent/memory.ts'
import { ConsentReplica } from '../../services/consent/replica.ts'
import { IntrospectionReplica } from '../../services/introspection/replica.ts'
import { ClientKeyReplicas } from '../../services/key-ring/client-replicas.ts'
import { withoutDenied } from '../../services/key-ring/denied.ts'
import { fixedKeyRing, fixedOr, noKeys } from '../../services/key-ring/fixed.ts'
import { type KeyEdition, KeyRingReplica } from '../../services/key-ring/replica.ts'
import type { CacheCounts } from '../../services/metrics/cache-counts.ts'
import { type ListEdition, StatusListReplica } from '../../services/status-list/replica.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import type { ControlCalls } from '../calls.ts'
import type { Channel } from '../channel.ts'
import { elapsed } from '../clock.ts'
import { type ClientSource, clientSources } from '../fetched/client-keys.ts'
import { answerMemory, needsKeys } from '../fetched/introspection.ts'
import { sources } from '../fetched/sources.ts'
import { Kept } from '../kept.ts'
import type { Settings } from '../settings/settings.ts'

/** What the control plane fetches, as a thread has it: looked up at once, asked for over the channel. */
export class Replicas {
  readonly #control: Channel<ControlCalls>
  readonly #caches: CacheCounts
  readonly #keys = new Kept<KeyRingReplica>()
  readonly #fixed = new Kept<KeySource<VerificationKey>>()
  readonly #introspection = new Kept<IntrospectionReplica>()
  readonly #statusLists = new Kept<StatusListReplica>()
  readonly #clients = new Kept<ClientKeyReplicas>()
  readonly #consents = new Kept<ConsentReplica>()

  constructor(control: Channel<ControlCalls>, caches: CacheCounts) {
    this.#control = control
    this.#caches = caches
    setInterval(() => this.#tellUse(), USE_TOLD_EVERY).unref()
  }

  /** The keys of an issuer, by its name in the configuration. */
  keys(settings: Settings, name: string): KeySource<VerificationKey> {
    return withoutDenied(this.#published(settings, name), settings.document.issuers[name]!.denied_keys)
  }

  #published(settings: Settings, name: string): KeySource<VerificationKey> {
    const source = sources.keys(settings, name)
    const fixed = settings.fixedKeys.get(name)
    if (fixed !== undefined) return this.#fixed.obtain(source, () => fixedKeyRing(fixed))
    return needsKeys(settings.document.issuers[name]!) ? this.#keysOf(source) : noKeys
  }

  /** It may come before the configuration that uses it, and no longer keeps what none does. */
  publishKeys(source: string, edition: KeyEdition): void {
    const replica = this.#keys.get(source) ?? this.#keysOf(source)
    replica.publish(edition)
  }

  #keysOf(source: string): KeyRingReplica {
    return this.#keys.obtain(
      source,
      () => new KeyRingReplica({ ask: (kid) => this.#control.ask('askKeys', source, kid), clock: elapsed }),
    )
  }

  /** The keys of clients: those of the configuration, else what the control plane has or fetches. */
  clientKeys(settings: Settings): ClientKeys<VerificationKey> {
    const { all, of } = clientSources(settings)
    const fetched = new Map(all.map((source) => [source.name, this.#clientsOf(source)]))
    return fixedOr(settings.clientKeys.fixed, (clientId) => fetched.get(of(clientId).name)!.of(clientId))
  }

  #clientsOf({ name, atMost }: ClientSource): ClientKeyReplicas {
    return this.#clients.obtain(
      name,
      () =>
        new ClientKeyReplicas({
          ask: (clientId, kid) => this.#control.ask('askClientKeys', name, clientId, kid),
          atMost,
          clock: elapsed,
        }),
    )
  }

  publishClientKeys(source: string, clientId: string, edition: KeyEdition): void {
    this.#clients.get(source)?.publish(clientId, edition)
  }

  introspection(settings: Settings, name: string): IntrospectionSource | null {
    if (!settings.askingKeys.has(name)) return null
    const source = sources.introspection(settings, name)
    return this.#introspection.obtain(
      source,
      () =>
        new IntrospectionReplica({
          ...answerMemory(settings, this.#caches.of('introspected_tokens')),
          ask: (...asked) => this.#control.ask('introspect', source, ...asked),
        }),
    )
  }

  consents(settings: Settings, name: string): ConsentSource {
    const source = sources.consents(settings, name)
    const { consents: entries } = settings.document.caches
    const counts = this.#caches.of('consents')
    return this.#consents.obtain(
      source,
      () =>
        new ConsentReplica({
          ask: (...asked) => this.#control.ask('askConsent', source, ...asked),
          memo: consentMemory(entries, counts),
          clock: elapsed,
        }),
    )
  }

  statusLists(settings: Settings, name: string): StatusLists {
    return this.#statusListsOf(sources.statusLists(settings, name))
  }

  /** As keys are. */
  publishStatusList(source: string, edition: ListEdition): void {
    const replica = this.#statusLists.get(source) ?? this.#statusListsOf(source)
    replica.publish(edition)
  }

  #statusListsOf(source: string): StatusListReplica {
    return this.#statusLists.obtain(
      source,
      () =>
        new StatusListReplica({
          ask: (uri, has) => this.#control.ask('askStatusList', source, uri, has),
          clock: elapsed,
        }),
    )
  }

  /** Lets go of all that this configuration does not need. */
  keep(settings: Settings): void {
    const names = Object.keys(settings.document.issuers)
    const keys = new Set(names.map((name) => sources.keys(settings, name)))
    this.#keys.retireAllBut(keys)
    this.#fixed.retireAllBut(keys)
    this.#statusLists.retireAllBut(new Set(names.map((name) => sources.statusLists(settings, name))))
    this.#consents.retireAllBut(
      new Set([...settings.consentMaterials.keys()].map((name) => sources.consents(settings, name))),
    )
    this.#clients.retireAllBut(new Set(clientSources(settings).all.map(({ name }) => name)))
    this.#introspection.retireAllBut(
      new Set([...settings.askingKeys.keys()].map((name) => sources.introspection(settings, name))),
    )
  }

  /** What is looked at here is kept fresh there. */
  #tellUse(): void {
    for (const [source, clients] of this.#clients.entries()) {
      const clientIds = clients.inUse(USE_TOLD_EVERY)
      if (clientIds.length > 0) this.#control.tell('usesClientKeys', source, clientIds)
    }
    for (const [source, lists] of this.#statusLists.entries()) {
      const uris = lists.inUse(USE_TOLD_EVERY)
      if (uris.length > 0) this.#control.tell('usesStatusLists', source, uris)
    }
  }
}

/** Milliseconds. */
const USE_TOLD_EVERY = 60_000
