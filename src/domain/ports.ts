import type { JsonObject } from '../codec/json.ts'
import type { UnixSeconds } from './check.ts'
import type { EvidenceRecord } from './evidence-record.ts'

/** Small interfaces that the world outside must fill. A rule sees the port, never the service behind it. */

/** What a cache may forget. A `Map` fits, and `boundedMemo`. */
export interface Memo<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): unknown
}

/** The keys of one issuer, looked up synchronously. */
export interface KeySource<Key> {
  /** Keys that may have signed: those with this `kid`, or all where the token names none. */
  candidates(kid: string | null): readonly Key[]
  /** Whether a key that once verified a token is still published. */
  holds(key: Key): boolean
  /** What can be said of a `kid` that `candidates` does not know. */
  standing(kid: string | null): 'ask' | 'absent' | 'unavailable'
  /** Fetches the keys because of this `kid`. Resolves to whether the fetch succeeded; never rejects. */
  ask(kid: string | null): Promise<boolean>
}

/** The keys of each client by its `client_id`, and of no other; none of a client that nobody knows. */
export type ClientKeys<Key> = (clientId: string) => KeySource<Key>

/** What keys of ours may sign with; names of RFC 7518 §3.1 and RFC 9864 §2. */
export type SigningAlgorithm = 'ES256' | 'ES384' | 'EdDSA' | 'Ed25519' | 'PS256' | 'PS512'

/** A private key of ours: behind it a file, or an HSM or a KMS that does not let it go. */
export interface Signer {
  /** `kid` in JOSE (RFC 7515 §4.1.4), `keyid` in message signatures (RFC 9421 §2.3). */
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  /**
   * The signature over these octets; ECDSA as R and S, each of full length (RFC 7518 §3.4, RFC 9421 §3.3.4). A promise where
   * the key is elsewhere; it may reject, and what was to be signed must not go out then. One that takes longer than five seconds has failed.
   * What it rejects with is written to the log: the PIN of a module must not be in it, nor a command line that holds one.
   */
  sign(octets: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** It has not answered of late, so nothing had better be begun that it would have to sign. */
  readonly isAway?: boolean
  /** So many signatures are under way that what nobody with a token waits for had better go out without one. */
  readonly isBusy?: boolean
}

/** The keys that may sign for a route, one after the other. */
export interface SignerSource {
  /** Whose turn it is, for the public host that a request named; undefined: nobody's, so nothing can be signed. */
  current(authority: string, now: UnixSeconds): Signer | undefined
  /** Of all keys that have had or will have their turn for that host, each once. */
  algorithms(authority: string): readonly SigningAlgorithm[]
}

/** What an authorization server said of a token. Plain data. */
export interface Introspected {
  /** As it said them (RFC 7662 §2.2); they prove nothing yet. */
  readonly members: JsonObject
  /** What it signed of that (RFC 9701 §5); null where it did not sign, or where nobody keeps it. */
  readonly signed: SignedStatement | null
}

/** A JWS that was verified, and the public key that verified it. */
export interface SignedStatement {
  /** In compact serialization. */
  readonly jws: string
  readonly jwk: JsonObject
}

/** What an authorization server says of tokens. */
export interface IntrospectionSource {
  /** What it said of the token with this hash, while that may still be believed; undefined: it must be asked. */
  recall(hash: string, now: UnixSeconds): Introspected | undefined
  /** Asks it, because of a request of this asker. Undefined where it gave no answer that can be relied on; never rejects. */
  ask(token: string, hash: string, asker?: string): Promise<Introspected | undefined>
}

/** A consent's members as its keeper has them, which prove nothing yet; `unknown`: there is none by that id. */
export type SaidOfConsent = JsonObject | 'unknown'

/** Whoever knows what customers agreed to. */
export interface ConsentSource {
  /** What it said of the consent with this id, while that may still be believed; undefined: it must be asked. */
  recall(id: string, now: UnixSeconds): SaidOfConsent | undefined
  /** Asks it, because of a request of this client. Undefined where it gave no answer that can be relied on; never rejects. */
  ask(id: string, clientId: string | null): Promise<SaidOfConsent | undefined>
}

/** A status list (TSL §4.1), inflated. */
export interface StatusList {
  /** Of one entry. */
  readonly bits: 1 | 2 | 4 | 8
  readonly octets: Uint8Array
  readonly issuedAt: UnixSeconds
}

/** The status lists of one issuer, looked up synchronously. */
export interface StatusLists {
  /** The list while it may be used; else whether it makes sense to ask for it now. */
  held(uri: string, now: UnixSeconds): StatusList | 'ask' | 'unavailable'
  /** Fetches the list, unless that was just tried. Resolves when there is an answer, good or bad; never rejects. */
  ask(uri: string): Promise<void>
}

/** What of a token it can be revoked by; null where the token does not say. */
export interface Revocable {
  /** SHA-256 of the token, base64url. */
  readonly hash: string
  /** `iss`. */
  readonly issuer: string
  readonly jti: string | null
  readonly subject: string | null
  readonly clientId: string | null
  readonly claims: JsonObject
}

/** What operators have revoked. */
export interface Revocations {
  hits(token: Revocable, now: UnixSeconds): boolean
}

/** Opens the encrypted tokens of one issuer with keys of ours. */
export interface TokenOpener {
  /** Whether one of the keys has this name. */
  knows(kid: string): boolean
  /** What the token with this hash holds; null: no key opens it; undefined: not tried yet. */
  opened(hash: string): string | null | undefined
  /** Tries to, because of a request of this asker. Resolves to whether `opened` can tell now: not while too many are under way; never rejects. */
  open(hash: string, token: string, asker?: string): Promise<boolean>
}

/** The memory that bodies which are held back may take, all requests together. */
export interface BodyMemory {
  /** For one body of this client, which may have no more than it leaves for others. */
  of(client: string): BodyBudget
}

/** The memory that one body may take. */
export interface BodyBudget {
  /** Whether there was room for so many octets more; they are taken then. */
  take(octets: number): boolean
  give(octets: number): void
}

/** What may be used once: a DPoP proof, or what of a message signature is new (`onceOf`). */
export interface Once {
  /** Whose it is, by the thumbprint of the key (RFC 7638 §3). */
  readonly jkt: string
  /** Which of that key's it is: the `jti` of a proof. */
  readonly jti: string
  /** When it says it was made, Unix seconds: a function of itself alone. */
  readonly madeAt: number
}

/** `full` and `unready`: it cannot tell, so the proof is not admitted. */
export type Claim = 'first' | 'replayed' | 'full' | 'unready'

/** Remembers every live proof. It may not forget, and says so where it cannot tell. */
export interface ReplayLedger {
  /** Claims the proof: one atomic test-and-set. */
  spend(once: Once): Claim
}

/** What all replicas of a gateway remember together, asked of proofs that are new to the ledger of this process. */
export interface CommonLedger {
  /** Claims the proof for this replica. Never rejects: `unready` where no answer came in time, and the proof may be spent. */
  claim(once: Once): Promise<Claim>
  /** Why it could not be asked of late, for operators; null: it can be. */
  readonly problem: string | null
}

/** Where the evidence of signed exchanges is kept. */
export interface EvidenceLog {
  /** Whether what happens now can be kept. Where it cannot, nothing that needs it may be let through. */
  readonly isReady: boolean
  /** Whether requests pass all the same, each one counted that is not kept (`danger_continue_without`). */
  readonly isOptional: boolean
  /** Takes a record in; it reaches the disk with the next batch. What cannot be taken in is counted, and the count is kept. */
  append(record: EvidenceRecord): void
}
