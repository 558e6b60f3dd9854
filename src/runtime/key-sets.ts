import type { KeySource } from '../domain/ports.ts'
import { fixedKeyRing } from '../services/key-ring/ring.ts'
import type { Materials } from '../services/materials/materials.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'

type Path = readonly (string | number)[]

/** A JWK set from a file; undefined where there was a fault. */
export function readKeySetFile(
  file: string,
  path: Path,
  materials: Materials,
): KeySource<VerificationKey> | undefined {
  const document = materials.json(file, path)
  return document === undefined ? undefined : readKeySet(document, path, materials)
}

/** A JWK set; undefined where none of its keys can be used, which is a fault. */
export function readKeySet(
  document: unknown,
  path: Path,
  materials: Materials,
): KeySource<VerificationKey> | undefined {
  const ring = fixedKeyRing(document)
  if (ring === undefined)
    materials.faults.push({
      path,
      fault: { expected: 'a JWK set with a usable public key', found: 'none in it' },
    })
  return ring
}
