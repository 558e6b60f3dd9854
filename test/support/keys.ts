import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { algorithms } from '../../src/verify/jose/algorithms.ts'
import { readJwkSet, type VerificationKey } from '../../src/verify/jose/jwk-set.ts'
import { readPublicJwk } from '../../src/verify/jose/public-key.ts'
import { thumbprint } from '../../src/verify/jose/thumbprint.ts'

export type AlgorithmName = 'ES256' | 'ES384' | 'ES512' | 'Ed25519' | 'EdDSA' | 'PS256' | 'RS256'

/** A key pair, and the algorithm that it signs with. */
export interface SigningKey {
  readonly alg: AlgorithmName
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: { readonly [member: string]: string }
  /** RFC 7638 thumbprint. */
  readonly jkt: string
}

/** A key pair by name, made on first use and the same ever after: RSA keys take their time. */
export function aKey(alg: AlgorithmName = 'ES256', name = 'first'): SigningKey {
  const kid = `${alg}-${name}`
  const known = made.get(kid)
  if (known !== undefined) return known
  const key = freshKey(alg, kid)
  made.set(kid, key)
  return key
}

/** A key pair that nobody has seen. */
export function freshKey(alg: AlgorithmName, kid = alg as string): SigningKey {
  const { privateKey, publicKey } = generate(alg)
  const jwk = publicKey.export({ format: 'jwk' }) as { readonly [member: string]: string }
  const read = readPublicJwk(jwk, algorithms.get(alg)!)
  return { alg, kid, privateKey, jwk, jkt: thumbprint(read!) }
}

/** What an authorization server would publish of these keys. */
export function published(...keys: readonly SigningKey[]): { readonly keys: readonly object[] } {
  return { keys: keys.map((key) => ({ ...key.jwk, kid: key.kid, alg: key.alg, use: 'sig' })) }
}

export function verificationKeys(...keys: readonly SigningKey[]): readonly VerificationKey[] {
  return readJwkSet(published(...keys)) ?? []
}

function generate(alg: AlgorithmName) {
  const curve = algorithms.get(alg)?.crv
  if (alg === 'Ed25519' || alg === 'EdDSA') return generateKeyPairSync('ed25519')
  if (curve !== null && curve !== undefined) return generateKeyPairSync('ec', { namedCurve: curve })
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

const made = new Map<string, SigningKey>()
