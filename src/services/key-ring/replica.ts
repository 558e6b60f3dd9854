import type { KeySource } from '../../domain/ports.ts'
import { readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { KeySet } from '../../verify/jose/key-set.ts'

/** One edition of an issuer's keys as it passes between threads: plain data. */
export interface KeyEdition {
  /** The JWK set as it was published. */
  readonly jwks: unknown
  /** Milliseconds from now that it serves on where no other follows. */
  readonly servesFor: number
}

/** What came of asking the thread that fetches. Its edition, where there is a new one, was published before. */
export interface KeyAnswer {
  readonly fetched: boolean
  /** Milliseconds that this name need not be asked about again. */
  readonly missingFor: number
  /** What holds of all unknown names for a moment, because the budget is spent or the server away; null: nothing. */
  readonly standing: 'absent' | 'unavailable' | null
}

export interface KeyRingReplicaOptions {
  /** Asks the thread that fetches. Rejects where it is gone. */
  readonly ask: (kid: string | null) => Promise<KeyAnswer>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
}

/** The keys of an issuer where requests are judged: looked up at once, fetched by another thread. */
export class KeyRingReplica implements KeySource<VerificationKey> {
  readonly #options: KeyRingReplicaOptions
  /** Names that the issuer did not know, and until when that is not asked again. */
  readonly #missing = new Map<string | null, number>()
  readonly #asking = new Map<string | null, Promise<boolean>>()
  #set = KeySet.none
  #coldAt = 0
  #standing: KeyAnswer['standing'] = null
  #standsUntil = 0

  constructor(options: KeyRingReplicaOptions) {
    this.#options = options
  }

  publish({ jwks, servesFor }: KeyEdition): void {
    const keys = readJwkSet(jwks) ?? []
    this.#set = this.#set.renewed(keys)
    this.#coldAt = this.#options.clock() + servesFor
    this.#standing = null
    for (const { kid } of keys) this.#missing.delete(kid)
  }

  candidates(kid: string | null): readonly VerificationKey[] {
    return this.#isCold() ? [] : this.#set.candidates(kid)
  }

  holds(key: VerificationKey): boolean {
    return !this.#isCold() && this.#set.holds(key)
  }

  standing(kid: string | null): 'ask' | 'absent' | 'unavailable' {
    const now = this.#options.clock()
    if (!this.#isCold()) {
      if (this.#set.knows(kid) || (this.#missing.get(kid) ?? 0) > now) return 'absent'
    }
    return this.#standing !== null && now < this.#standsUntil ? this.#standing : 'ask'
  }

  ask(kid: string | null): Promise<boolean> {
    const known = this.#asking.get(kid)
    if (known !== undefined) return known
    const asking = this.#ask(kid).finally(() => this.#asking.delete(kid))
    this.#asking.set(kid, asking)
    return asking
  }

  async #ask(kid: string | null): Promise<boolean> {
    const answer = await this.#options.ask(kid).catch(() => NOT_FETCHED)
    const now = this.#options.clock()
    if (answer.missingFor > 0) {
      if (this.#missing.size >= MISSING_AT_MOST) this.#missing.clear()
      this.#missing.set(kid, now + answer.missingFor)
    }
    if (answer.standing !== null) {
      this.#standing = answer.standing
      this.#standsUntil = now + STANDS_FOR
    }
    return answer.fetched
  }

  #isCold(): boolean {
    return this.#options.clock() >= this.#coldAt
  }
}

/** Where nobody fetches these keys any more. */
export const NOT_FETCHED: KeyAnswer = { fetched: false, missingFor: 0, standing: 'unavailable' }
/** Milliseconds; so a flood of made-up names costs the other thread one question a second. */
const STANDS_FOR = 1_000
const MISSING_AT_MOST = 10_000
