import type { Introspected, SaidOfConsent } from '../domain/ports.ts'
import type { PassedAnswer } from '../services/http/answers.ts'
import type { KeyAnswer, KeyEdition } from '../services/key-ring/replica.ts'
import type { Readings } from '../services/metrics/metrics.ts'
import type { KeptRefusal } from '../services/refusals/recent-refusals.ts'
import type { LedgerMemory } from '../services/replay/shared-ledger.ts'
import type { Revocation } from '../services/revocation/revocation-list.ts'
import type { ListAnswer, ListEdition } from '../services/status-list/replica.ts'
import type { Since } from './reload/proof-times.ts'
import type { Settings } from './settings/settings.ts'

/** What a thread is given at its start. What all threads must have alike is made once, by the control plane. */
export interface ThreadStart {
  readonly settings: Settings
  /** From 1; one that replaces another has its number. */
  readonly thread: number
  readonly ledger: LedgerMemory
  /** When that began. */
  readonly startedSince: Since
  /** Counts what bodies that are held back take. */
  readonly bodies: SharedArrayBuffer
  /** Makes DPoP nonces where the configuration gives no secret. */
  readonly nonceSecret: string
  readonly since: Since
  /** This process in `Via` fields. */
  readonly pseudonym: string
  readonly ticketSecret: Uint8Array
  /** Entries of the revocation list at most. */
  readonly revocationLimit: number
  /** How many threads share what the configuration allows all of them together. */
  readonly threads: number
}

/** Where a thread listens, in the order of the listeners. */
export interface Address {
  readonly host: string
  readonly port: number
  /** Whether other threads listen there as well. */
  readonly isShared: boolean
}

/** What the control plane calls in a thread that serves requests. Sources are named as `sources.ts` does. */
export type ThreadCalls = {
  keys(source: string, edition: KeyEdition): void
  clientKeys(source: string, clientId: string, edition: KeyEdition): void
  statusList(source: string, edition: ListEdition): void
  /** Holds for every request from its answer on, in place of what was known of the same. `now` in Unix seconds. */
  revoke(entries: readonly Revocation[], now: number): void
  /** Takes entries back, by what they name. */
  readmit(entries: readonly Revocation[]): void
  /** The secret that session tickets are made with from now on. */
  ticketSecret(secret: Uint8Array): void
  /** Compiles a configuration beside the one that is served, and gives its id. */
  prepare(settings: Settings, since: Since): string
  /** Judges no request until it is told to swap or to discard: they wait, those too that have come. Gives the id of what it can swap to. */
  hold(): string
  /** Serves what was prepared from the next request on; gives the id of what is served then. Where that is another, nothing is. */
  swap(id: string): string
  /** Forgets what was prepared, and serves on. */
  discard(): void
  /** Listens. Resolves with the id of the snapshot that is served. */
  open(addresses: readonly Address[]): Promise<string>
  /** Resolves when it has once asked the ledger of all replicas; at once where there is none. */
  reachesLedger(): Promise<void> | undefined
  /** Says that its event loop turns. */
  alive(): void
  readings(): Promise<Readings>
  /** The refusals that are kept here; of one interaction id, or all. The newest first. */
  refusals(interactionId: string | null): readonly KeptRefusal[]
  /** Lets requests under way finish, within so many milliseconds. */
  drain(within: number): Promise<void>
  end(): void
}

/** What a thread that serves requests calls in the control plane. */
export type ControlCalls = {
  /** Lines of the log, each with its end. */
  lines(octets: Uint8Array<ArrayBuffer>): void
  say(level: 'info' | 'warn' | 'error', message: string, fields: object): void
  askKeys(source: string, kid: string | null): Promise<KeyAnswer>
  askClientKeys(source: string, clientId: string, kid: string | null): Promise<KeyAnswer>
  usesClientKeys(source: string, clientIds: readonly string[]): void
  introspect(
    source: string,
    token: string,
    hash: string,
    asker?: string,
  ): Promise<PassedAnswer<Introspected> | undefined>
  askConsent(
    source: string,
    id: string,
    clientId: string | null,
  ): Promise<PassedAnswer<SaidOfConsent> | undefined>
  askStatusList(source: string, uri: string, has: number | null): Promise<ListAnswer>
  usesStatusLists(source: string, uris: readonly string[]): void
}
