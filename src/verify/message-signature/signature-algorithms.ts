import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Algorithm, algorithms } from '../jose/algorithms.ts'
import { suits, type VerificationKey } from '../jose/jwk-set.ts'

/** An algorithm of IANA's registry for message signatures (RFC 9421 §3.3), which alone may stand in `alg`. */
export type RegisteredAlgorithm =
  | 'ecdsa-p256-sha256'
  | 'ecdsa-p384-sha384'
  | 'ed25519'
  | 'rsa-pss-sha512'
  | 'rsa-v1_5-sha256'
  | 'hmac-sha256'

/**
 * What a profile admits, by the names of RFC 7518 and RFC 9864: an algorithm of JWS can be used where the key determines it
 * and nothing is said in `alg` (RFC 9421 §3.3.7), and five of them are the registered ones under another name.
 */
export type AllowedAlgorithms = ReadonlyMap<string, Algorithm>

/** The entries of an allow-list that names algorithms in either way. `hmac-sha256` has none: see `verifiesMac`. */
export function allowSignatures(names: readonly string[]): AllowedAlgorithms {
  const allowed = new Map<string, Algorithm>()
  for (const name of names) {
    const algorithm = algorithms.get(REGISTERED.get(name) ?? name)
    if (algorithm !== undefined) allowed.set(algorithm.name, algorithm)
  }
  return allowed
}

/** The algorithm that `alg` names, if it is admitted. Names of JWS are no values of `alg` (RFC 9421 §3.3.7). */
export function algorithmNamed(alg: string, allowed: AllowedAlgorithms): Algorithm | undefined {
  const name = REGISTERED.get(alg)
  if (name === undefined) return undefined
  return allowed.get(name) ?? (name === 'Ed25519' ? allowed.get('EdDSA') : undefined)
}

/** The admitted algorithms that this key determines where `alg` says nothing: two or more determine none. */
export function algorithmsOf(key: VerificationKey, allowed: AllowedAlgorithms): readonly Algorithm[] {
  const fitting: Algorithm[] = []
  for (const algorithm of allowed.values()) if (suits(key, algorithm)) fitting.push(algorithm)
  // EdDSA and Ed25519 are one (RFC 9864 §2.2).
  return fitting.length < 2 ? fitting : fitting.filter(({ name }) => name !== 'EdDSA')
}

/**
 * RFC 9421 §3.3.3, hmac-sha256, for programs that share a secret with the signer. No profile admits it: whoever can verify
 * such a signature could have made it, so it proves nothing to anybody else (RFC 9421 §7.3.3).
 */
export function verifiesMac(secret: Buffer, base: string, signature: Buffer): boolean {
  const mac = createHmac('sha256', secret).update(base, 'latin1').digest()
  return signature.length === mac.length && timingSafeEqual(mac, signature)
}

/** The registered name of a JWS algorithm, for the parameter `alg`; undefined where it has none. */
export function registeredName(name: string): RegisteredAlgorithm | undefined {
  if (name === 'EdDSA') return 'ed25519'
  for (const [registered, jws] of REGISTERED) if (jws === name) return registered as RegisteredAlgorithm
  return undefined
}

const REGISTERED: ReadonlyMap<string, string> = new Map([
  ['ecdsa-p256-sha256', 'ES256'],
  ['ecdsa-p384-sha384', 'ES384'],
  ['ed25519', 'Ed25519'],
  ['rsa-pss-sha512', 'PS512'],
  ['rsa-v1_5-sha256', 'RS256'],
])
