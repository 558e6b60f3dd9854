import type { KeySource } from '../../domain/ports.ts'
import { readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'

/** One edition of an issuer's keys, looked up synchronously. */
export class KeySet {
  static readonly none = new KeySet([])
  readonly keys: readonly VerificationKey[]
  readonly #byKid = new Map<string, VerificationKey[]>()
  readonly #all: ReadonlySet<VerificationKey>
  readonly #nameless: readonly VerificationKey[]

  constructor(keys: readonly VerificationKey[]) {
    this.keys = keys
    this.#all = new Set(keys)
    this.#nameless = keys.filter((key) => key.kid === null)
    for (const key of keys) {
      if (key.kid === null) continue
      const same = this.#byKid.get(key.kid)
      if (same === undefined) this.#byKid.set(key.kid, [key])
      else same.push(key)
    }
  }

  candidates(kid: string | null): readonly VerificationKey[] {
    return kid === null ? this.keys : (this.#byKid.get(kid) ?? this.#nameless)
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

/** Of an issuer whose keys verify nothing here. */
export const noKeys: KeySource<VerificationKey> = {
  candidates: () => [],
  holds: () => false,
  standing: () => 'absent',
  ask: () => Promise.resolve(false),
}

/** Keys from a file: there is nobody to ask for more. Undefined where the document is no JWK set with a usable key. */
export function fixedKeyRing(document: unknown): KeySource<VerificationKey> | undefined {
  const keys = readJwkSet(document)
  if (keys === undefined || keys.length === 0) return undefined
  const set = new KeySet(keys)
  return {
    candidates: (kid) => set.candidates(kid),
    holds: (key) => set.holds(key),
    standing: () => 'absent',
    ask: () => Promise.resolve(false),
  }
}

/** Keys from files by name. */
export function fixedRings(
  sets: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, KeySource<VerificationKey>> {
  return new Map([...sets].map(([name, set]) => [name, fixedKeyRing(set) ?? noKeys]))
}
