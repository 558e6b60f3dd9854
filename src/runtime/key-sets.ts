import { fixedKeyRing } from '../services/key-ring/ring.ts'
import type { Materials } from '../services/materials/materials.ts'

type Path = readonly (string | number)[]

/** A JWK set from a file, as it stands there; undefined where there was a fault. */
export function readKeySetFile(file: string, path: Path, materials: Materials): unknown {
  const document = materials.json(file, path)
  return document === undefined ? undefined : readKeySet(document, path, materials)
}

/** A JWK set as it stands; undefined where none of its keys can be used, which is a fault. */
export function readKeySet(document: unknown, path: Path, materials: Materials): unknown {
  if (fixedKeyRing(document) !== undefined) return document
  const fault = { expected: 'a JWK set with a usable public key', found: 'none in it' }
  materials.faults.push({ path, fault })
  return undefined
}
