import type { KeySource } from '../../domain/ports.ts'
import type { VerificationKey } from './jwk-set.ts'

/** One edition of an issuer's keys, looked up synchronously. */
export class KeySet {
  static readonly none = new KeySet([])
  readonly keys: readonly VerificationKey[]
  readonly #byKid: ReadonlyMap<string | null, readonly VerificationKey[]>
  readonly #all: ReadonlySet<VerificationKey>

  constructor(keys: readonly VerificationKey[]) {
    this.keys = keys
    this.#byKid = Map.groupBy(keys, ({ kid }) => kid)
    this.#all = new Set(keys)
  }

  /** Those of this name, else those without one; null: all. */
  candidates(kid: string | null): readonly VerificationKey[] {
    return kid === null ? this.keys : (this.#byKid.get(kid) ?? this.#byKid.get(null) ?? [])
  }

  knows(kid: string | null): boolean {
    return kid === null || this.#byKid.has(kid)
  }

  holds(key: VerificationKey): boolean {
    return this.#all.has(key)
  }

  /** The next edition. An entry that did not change keeps its object, so tokens that it verified stay known. */
  renewed(keys: readonly VerificationKey[]): KeySet {
    const mine = new Map(this.keys.map((key) => [key.identity, key]))
    return new KeySet(keys.map((key) => mine.get(key.identity) ?? key))
  }
}

/** Keys that are all there: none is fetched, and what is not among them is not there. */
export function heldKeys(keys: readonly VerificationKey[]): KeySource<VerificationKey> {
  const set = new KeySet(keys)
  return {
    candidates: (kid) => set.candidates(kid),
    holds: (key) => set.holds(key),
    standing: () => 'absent',
    ask: () => Promise.resolve(false),
  }
}
