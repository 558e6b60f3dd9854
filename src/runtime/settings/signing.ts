import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Document, SigningDocument } from '../../config/document.ts'
import type { Path } from '../../config/problem.ts'
import type { SigningAlgorithm } from '../../domain/ports.ts'
import type { MaterialFault, Materials } from '../../services/materials/materials.ts'
import type { FoundKey } from '../../services/materials/private-key.ts'
import { LocalSigner, publishedJwk, type SigningKey } from '../../services/signing/signing-keys.ts'
import { type Algorithm, algorithms } from '../../verify/jose/algorithms.ts'
import { sameAlgorithm } from '../../verify/jose/public-key.ts'
import { canSign, keyText } from '../../verify/jose/sign.ts'

/** A key of ours before it signs: plain data, which passes between threads. */
export interface SigningKeyMaterial extends Omit<SigningKey, 'signer'> {
  readonly keyId: string
  readonly algorithm: SigningAlgorithm
  readonly key: KeyObject
}

export function signingKeys(materials: readonly SigningKeyMaterial[]): readonly SigningKey[] {
  return materials.map(({ keyId, algorithm, key, ...rest }) => ({
    ...rest,
    signer: new LocalSigner(keyId, algorithm, key),
  }))
}

/** Our signing keys, read from their files; what is wrong with one is among the faults of the materials. */
export function readSigningKeys({ signing }: Document, materials: Materials): readonly SigningKeyMaterial[] {
  const keys: SigningKeyMaterial[] = []
  for (const [index, document] of signing.entries()) {
    const key = readSigningKey(
      document,
      ['signing', ...(signing.length === 1 ? [] : [index]), 'key'],
      materials,
    )
    if (key !== undefined) keys.push(key)
  }
  return keys
}

function readSigningKey(
  document: SigningDocument,
  path: Path,
  materials: Materials,
): SigningKeyMaterial | undefined {
  const { key: file, password_file: passwordFile, key_id: keyId, algorithm } = document
  const password = passwordFile === undefined ? null : readFileSync(passwordFile, 'utf8').trim()
  const found = materials.anyPrivateKey(file, path, password)
  if (found === undefined) return undefined
  const fault = objectionTo(found, document)
  if (fault !== undefined) {
    materials.faults.push({ path, ...fault })
    return undefined
  }
  return {
    ...{ keyId, algorithm, key: found.key },
    jwk: publishedJwk(keyId, algorithm, found.key),
    hosts: document.hosts ?? null,
    signFrom: document.sign_from ?? null,
    signUntil: document.sign_until ?? null,
  }
}

/** The key must fit its algorithm, and what a JWK says of itself must not contradict (RFC 7517 §4.2, §4.4, §4.5). */
function objectionTo({ key, says }: FoundKey, { algorithm, key_id: keyId }: SigningDocument) {
  if (!canSign(algorithms.get(algorithm) as Algorithm, key)) return anotherKey(key, algorithm)
  const { kid, alg, use } = says
  if (kid !== undefined && kid !== keyId)
    return { expected: 'a JWK whose `kid` is the `key_id`', found: 'another' }
  if (alg !== undefined && !(typeof alg === 'string' && sameAlgorithm(alg, algorithm)))
    return { expected: `a JWK for ${algorithm}`, found: 'another `alg` in it' }
  return use === undefined || use === 'sig'
    ? undefined
    : { expected: 'a JWK for signatures', found: 'another `use` in it' }
}

function anotherKey(key: KeyObject, algorithm: SigningAlgorithm): Omit<MaterialFault, 'path'> {
  const fault = { expected: `${KEYS[algorithm]} for ${algorithm}`, found: keyText(key) }
  const taker = Object.keys(KEYS).find((name) => canSign(algorithms.get(name) as Algorithm, key))
  return taker === undefined ? fault : { ...fault, hint: `${taker} takes it` }
}

const EDWARDS = 'an Ed25519 key'
const RSA = 'an RSA key of at least 2048 bits'
const KEYS = {
  ES256: 'a P-256 key',
  ES384: 'a P-384 key',
  EdDSA: EDWARDS,
  Ed25519: EDWARDS,
  PS256: RSA,
  PS512: RSA,
}
