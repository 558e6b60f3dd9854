import type { KeySource } from '../../domain/ports.ts'
import { readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { heldKeys } from '../../verify/jose/key-set.ts'

/** Of an issuer whose keys verify nothing here. */
export const noKeys = heldKeys([])

/** Keys from a file: there is nobody to ask for more. Undefined where the document is no JWK set with a usable key. */
export function fixedKeyRing(document: unknown): KeySource<VerificationKey> | undefined {
  const keys = readJwkSet(document)
  if (keys === undefined || keys.length === 0) return undefined
  return heldKeys(keys)
}

/** Keys from files by name. */
export function fixedRings(
  sets: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, KeySource<VerificationKey>> {
  return new Map([...sets].map(([name, set]) => [name, fixedKeyRing(set) ?? noKeys]))
}
