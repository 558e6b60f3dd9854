import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import { foundText, type Path } from '../../config/problem.ts'
import type { Objection } from '../../services/materials/content.ts'
import type { Materials } from '../../services/materials/materials.ts'
import { allow } from '../../verify/jose/algorithms.ts'
import { readJwkSet, suits, type VerificationKey } from '../../verify/jose/jwk-set.ts'
import { hasPrivatePart } from '../../verify/jose/public-key.ts'

/** A JWK set from a file, as it stands there; undefined where there was a fault. */
export function readKeySetFile(
  file: string,
  path: Path,
  materials: Materials,
  accepted?: readonly string[],
): unknown {
  const document = materials.json(file, path)
  return document === undefined ? undefined : readKeySet(document, path, materials, accepted)
}

/** A JWK set as it stands; undefined where it has no usable key, or none for the accepted algorithms, which is a fault. */
export function readKeySet(
  document: unknown,
  path: Path,
  materials: Materials,
  accepted?: readonly string[],
): unknown {
  const keys = readJwkSet(document) ?? []
  const objection = keys.length === 0 ? whyNone(document) : whyNoneSuits(keys, accepted)
  if (objection === undefined) return document
  materials.faults.push({ path, expected: 'a JWK set with a usable public key', ...objection })
  return undefined
}

function whyNone(document: unknown): Objection {
  if (!isJsonObject(document)) return { found: foundText(document, []) }
  const { keys } = document
  if (!Array.isArray(keys)) {
    const hint = '`{ "keys": [ … ] }` around it makes a set'
    return 'kty' in document ? { found: 'a single JWK', hint } : { found: 'an object without a list `keys`' }
  }
  if (keys.length === 0) return { found: 'an empty set' }
  const found = `none in it: ${named(keys.map((key) => [nameOf(key), kindOf(key)]))}`
  return keys.some(isPrivate) ? { found, hint: 'only the public part of a key belongs there' } : { found }
}

function whyNoneSuits(keys: readonly VerificationKey[], accepted?: readonly string[]): Objection | undefined {
  if (accepted === undefined) return undefined
  const algorithms = [...allow(accepted).values()]
  if (keys.some((key) => algorithms.some((algorithm) => suits(key, algorithm)))) return undefined
  const found = `keys for other algorithms: ${named(keys.map(({ kid, alg, crv, kty }) => [kid, alg ?? crv ?? kty]))}`
  return { found, hint: `\`algorithms\` has ${accepted.join(', ')}` }
}

/** `"x": RS256`, and so on; three of them. */
function named(keys: readonly (readonly [name: unknown, kind: string])[]): string {
  const shown = keys
    .slice(0, SHOWN)
    .map(([name, kind]) => (typeof name === 'string' ? `${foundText(name, [])}: ${kind}` : kind))
  const left = keys.length - shown.length
  return `${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`
}

function nameOf(key: unknown): unknown {
  return isJsonObject(key) ? key['kid'] : null
}

function kindOf(key: unknown): string {
  if (!isJsonObject(key)) return 'no JWK'
  if (isPrivate(key)) return 'a private key'
  const { use, alg, crv, kty }: JsonObject = key
  const kind =
    [alg, crv, kty].find((each) => typeof each === 'string' && WORD.test(each)) ?? 'of no known type'
  return typeof use === 'string' && use !== 'sig' && WORD.test(use)
    ? `${kind} with \`use\` ${use}`
    : String(kind)
}

function isPrivate(key: unknown): boolean {
  return isJsonObject(key) && key['kty'] !== 'oct' && hasPrivatePart(key)
}

const SHOWN = 3
const WORD = /^[\w.+-]{1,40}$/
