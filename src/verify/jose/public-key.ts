import { createPublicKey, type KeyObject } from 'node:crypto'
import { parseBase64url } from '../../codec/base64url.ts'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import type { Algorithm } from './algorithms.ts'
import { hasWeakModulus } from './weak-modulus.ts'

/**
 * The required members of a public JWK (RFC 7638 §3.2), each in its one canonical spelling: exact length, no stray bits,
 * no leading zero. So the thumbprint of these members is the thumbprint of the key they stand for.
 */
export type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/** Whether a JWK carries any part of a private or symmetric key (RFC 9449 §4.3(7)); Node would silently drop it. */
export function hasPrivatePart(jwk: unknown): boolean {
  return isJsonObject(jwk) && PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))
}

/** Reads a public key for this algorithm out of a JWK; undefined where it is none, or too weak, or spelled otherwise. */
export function readPublicJwk(jwk: unknown, algorithm: Algorithm): PublicJwk | undefined {
  if (!isJsonObject(jwk) || jwk['kty'] !== algorithm.kty || hasPrivatePart(jwk)) return undefined
  if (!isMeantFor(jwk, algorithm)) return undefined
  if (algorithm.kty === 'RSA') return readRsa(jwk)
  const { crv, x, y } = jwk as { crv?: unknown; x?: unknown; y?: unknown }
  const size = algorithm.size as number
  if (crv !== algorithm.crv || !isOctets(x, size)) return undefined
  if (algorithm.kty === 'OKP') return { kty: 'OKP', crv: algorithm.crv as string, x }
  return isOctets(y, size) ? { kty: 'EC', crv: algorithm.crv as string, x, y } : undefined
}

/** Hands the key to OpenSSL, which refuses points off the curve; undefined where it does, or where it can be factored. */
export function importPublicKey(jwk: PublicJwk): KeyObject | undefined {
  if (jwk.kty === 'RSA' && hasWeakModulus(Buffer.from(jwk.n, 'base64url'))) return undefined
  try {
    return createPublicKey({ key: jwk as unknown as JsonObject, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** RFC 9864 §2.2: `EdDSA` with an Ed25519 key and `Ed25519` are one algorithm under two names. */
export function sameAlgorithm(left: string, right: string): boolean {
  return left === right || (EDWARDS.includes(left) && EDWARDS.includes(right))
}

/** RFC 7517 §4.2 to §4.4: what a key says of its use binds whoever uses it. */
function isMeantFor({ use, key_ops: operations, alg }: JsonObject, { name }: Algorithm): boolean {
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  return alg === undefined || (typeof alg === 'string' && sameAlgorithm(alg, name))
}

function readRsa(jwk: JsonObject): PublicJwk | undefined {
  const { n, e } = jwk as { n?: unknown; e?: unknown }
  if (typeof n !== 'string' || typeof e !== 'string' || n.length > LONGEST_MODULUS) return undefined
  const modulus = parseBase64url(n)
  const exponent = parseBase64url(e)
  if (modulus === undefined || exponent === undefined) return undefined
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  if (modulus[0] === 0 || bits < 2048) return undefined
  const oddAndLarge =
    exponent.length > 0 && exponent.length <= 4 && exponent[0] !== 0 && isUsualExponent(exponent)
  return oddAndLarge ? { kty: 'RSA', n, e } : undefined
}

/** Odd and at least 3; huge exponents only serve to keep a server busy. */
function isUsualExponent(exponent: Buffer): boolean {
  const value = exponent.readUIntBE(0, exponent.length)
  return value >= 3 && value % 2 === 1
}

function isOctets(value: unknown, size: number): value is string {
  if (typeof value !== 'string' || value.length !== Math.ceil((size * 4) / 3)) return false
  return parseBase64url(value)?.length === size
}

const EDWARDS = ['EdDSA', 'Ed25519']
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
/** Characters that 8192 bits take in base64url; one more octet takes more. */
const LONGEST_MODULUS = 1366
