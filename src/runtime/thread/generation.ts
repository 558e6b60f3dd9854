import { compile } from '../../config/compile.ts'
import type { Snapshot } from '../../decision/snapshot.ts'
import type { CommonLedger, EvidenceLog, Memo, ReplayLedger, Revocations } from '../../domain/ports.ts'
import type { InForce } from '../../gateway/arrive.ts'
import type { Pressure } from '../../gateway/pressure.ts'
import { recorder } from '../../gateway/record.ts'
import type { Services } from '../../gateway/serve.ts'
import type { Turn } from '../../gateway/turn.ts'
import { CommonPlaces } from '../../services/common-places.ts'
import { SharedBudget } from '../../services/held-bodies/shared-budget.ts'
import type { Log } from '../../services/log/log.ts'
import type { Metrics } from '../../services/metrics/metrics.ts'
import type { RecentRefusals } from '../../services/refusals/recent-refusals.ts'
import { RevocationList } from '../../services/revocation/revocation-list.ts'
import { SigningKeys } from '../../services/signing/signing-keys.ts'
import { Upstream, type UpstreamOptions } from '../../services/upstream/upstream.ts'
import { type KnownTokens, knownTokens } from '../../verify/access-token/known-tokens.ts'
import { NonceMint } from '../../verify/dpop/nonce.ts'
import { knownKeys, type ProofKey } from '../../verify/dpop/proof-key.ts'
import type { ThreadStart } from '../calls.ts'
import { unixNow } from '../clock.ts'
import { Kept } from '../kept.ts'
import type { Since } from '../reload/proof-times.ts'
import { openersOf } from '../settings/decryption-keys.ts'
import { fingerprint, fingerprintOf } from '../settings/fingerprint.ts'
import type { Settings } from '../settings/settings.ts'
import { signingKeys } from '../settings/signing.ts'
import type { Replicas } from './replicas.ts'

/** One configuration as a thread serves it. A request keeps the one that it began with. */
export interface Generation extends InForce {
  readonly settings: Settings
}

/** Makes generations. What may live on from one to the next does: connections to upstreams, what was remembered, and who waits. */
export class Generations {
  readonly #ports: GenerationPorts
  readonly #upstreams = new Kept<Upstream>((upstream) => upstream.retire())
  readonly #tokens = new Kept<KnownTokens>()
  readonly #dpopKeys = new Kept<Memo<string, ProofKey>>()
  readonly #places = new Kept<Pick<Services, 'awaitedBodies' | 'awaitedNeeds' | 'watchedNeeds'>>()

  constructor(ports: GenerationPorts) {
    this.#ports = ports
  }

  make(settings: Settings, since: Since): Generation {
    const { document } = settings
    const { start, log, metrics, ledger, commonLedger, evidence, refusals, pressure, turn } = this.#ports
    const keep = refusals.limit === 0 ? null : refusals.keep.bind(refusals)
    const signing = new SigningKeys(signingKeys(settings.signingKeys))
    metrics.mayAsk(settings.upstreams.keys())
    const record = recorder(log, metrics, document.log.access, keep)
    return {
      settings,
      snapshot: this.#compile(settings, since, signing),
      rules: new Map(settings.listeners.map(({ name, rules }) => [name, rules])),
      services: {
        ledger,
        commonLedger,
        evidence,
        ourKey: (keyId) => signing.published(keyId),
        bodies: new SharedBudget(start.bodies, document.held_bodies.memory, start.thread),
        ...this.#places.obtain(`${document.overload.in_flight}`, () => {
          const most = Math.ceil(document.overload.in_flight / 2)
          const places = () => new CommonPlaces(most)
          return { awaitedBodies: places(), awaitedNeeds: places(), watchedNeeds: places() }
        }),
        watchedBodies: new SharedBudget(
          start.bodies,
          Math.floor(document.held_bodies.memory / 2),
          start.thread,
        ),
        upstreams: new Map(
          [...settings.upstreams].map(([name, options]) => [name, this.#upstreamOf(options)]),
        ),
        now: unixNow,
        pseudonym: start.pseudonym,
        pressure,
        turn,
        record,
      },
    }
  }

  /** Lets go of all that this generation does not need. */
  keep({ settings }: Generation): void {
    this.#ports.replicas.keep(settings)
    this.#upstreams.retireAllBut(new Set([...settings.upstreams.values()].map(fingerprint)))
    const { tokens, dpop_keys: dpopKeys } = settings.document.caches
    this.#tokens.retireAllBut(new Set([`${tokens}`]))
    this.#dpopKeys.retireAllBut(new Set([`${dpopKeys}`]))
    this.#places.retireAllBut(new Set([`${settings.document.overload.in_flight}`]))
  }

  #upstreamOf(options: UpstreamOptions): Upstream {
    const { threads } = this.#ports.start
    return this.#upstreams.obtain(fingerprint(options), () => new Upstream(shareOf(options, threads)))
  }

  #compile(settings: Settings, since: Since, signing: SigningKeys): Snapshot {
    const { document } = settings
    const { start, replicas, metrics, commonLedger } = this.#ports
    const openers = openersOf(settings)
    // The key is about the start: after a reload that changes how proofs are dated nothing is trusted, by later threads neither.
    const isTrusted = (kind: 'nonces' | 'signatures') =>
      document.replay.danger_trust_before_start && since[kind] === start.startedSince[kind]
    return compile(document, {
      keys: (name) => replicas.keys(settings, name),
      introspection: (name) => replicas.introspection(settings, name),
      statusLists: (name) => replicas.statusLists(settings, name),
      opener: (name) => openers.get(name) ?? null,
      clientKeys: replicas.clientKeys(settings),
      signers: (keyIds) => signing.source(keyIds),
      jwks: signing.jwks,
      consents: (name) => replicas.consents(settings, name),
      revocations: this.#revocations(settings),
      counts: (route) => metrics.requests.of(route),
      tokens: sized(this.#tokens, document.caches.tokens, (entries) =>
        knownTokens(entries, metrics.caches.of('tokens')),
      ),
      dpopKeys: sized(this.#dpopKeys, document.caches.dpop_keys, (entries) =>
        knownKeys(entries, metrics.caches.of('dpop_keys')),
      ),
      nonces: {
        mint: new NonceMint(document.dpop_nonce.secret ?? [start.nonceSecret]),
        since: since.nonces,
        early: new NonceMint([`${start.nonceSecret} until ${since.nonces}`]),
        datesBefore: commonLedger === null ? since.nonces : Number.POSITIVE_INFINITY,
      },
      proofsSince: isTrusted('nonces') ? 0 : since.proofs,
      signaturesSince: isTrusted('signatures') ? 0 : since.signatures,
      materials: fingerprintOf(settings),
    })
  }

  /** What operators revoke while it runs, and what the file says. */
  #revocations(settings: Settings): Revocations {
    const { entries } = settings.revocations
    const { revocations, metrics } = this.#ports
    if (entries.length === 0) return revocations
    const kept = new RevocationList(entries.length, (by) => metrics.revocationHit(by)).fill(entries)
    return { hits: (token, now) => kept.hits(token, now) || revocations.hits(token, now) }
  }
}

export interface GenerationPorts {
  readonly start: ThreadStart
  readonly replicas: Replicas
  readonly revocations: Revocations
  readonly ledger: ReplayLedger
  readonly commonLedger: CommonLedger | null
  /** Null: no route keeps any. */
  readonly evidence: EvidenceLog | null
  readonly refusals: RecentRefusals
  readonly log: Log
  readonly metrics: Metrics
  readonly pressure: Pressure
  readonly turn: Turn
}

/** A memo of another size is another memo. */
function sized<Key, Value>(
  kept: Kept<Memo<Key, Value>>,
  entries: number,
  make: (entries: number) => Memo<Key, Value>,
): Memo<Key, Value> {
  return kept.obtain(`${entries}`, () => make(entries))
}

/** A thread's share of the connections that all of them may have. */
function shareOf(options: UpstreamOptions, threads: number): UpstreamOptions {
  return { ...options, connections: Math.ceil(options.connections / threads) }
}
