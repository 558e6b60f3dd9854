import type { KeySource } from '../../domain/ports.ts'
import { readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { heldKeys } from '../../verify/jose/key-set.ts'

/** Of whoever has no keys that verify anything here. */
export const noKeys = heldKeys([])

/** The keys of a JWK set from a file: there is nobody to ask for more. */
export function fixedKeyRing(document: unknown): KeySource<VerificationKey> {
  return heldKeys(readJwkSet(document) ?? [])
}

/** The same by name. */
export function fixedRings(
  sets: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, KeySource<VerificationKey>> {
  return new Map([...sets].map(([name, set]) => [name, fixedKeyRing(set)]))
}
