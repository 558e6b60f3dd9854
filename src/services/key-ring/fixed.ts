import type { ClientKeys, KeySource } from '../../domain/ports.ts'
import { readJwkSet, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { heldKeys } from '../../verify/jose/key-set.ts'

/** Of whoever has no keys that verify anything here. */
export const noKeys = heldKeys([])

/** The keys of a JWK set from a file: there is nobody to ask for more. */
export function fixedKeyRing(document: unknown): KeySource<VerificationKey> {
  return heldKeys(readJwkSet(document) ?? [])
}

/** The keys of each client: those of its JWK set, else what is fetched. */
export function fixedOr(
  sets: ReadonlyMap<string, unknown>,
  fetched: ClientKeys<VerificationKey>,
): ClientKeys<VerificationKey> {
  const fixed = new Map([...sets].map(([clientId, set]) => [clientId, fixedKeyRing(set)]))
  return (clientId) => fixed.get(clientId) ?? fetched(clientId)
}
