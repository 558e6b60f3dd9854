import { type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { derSignature } from '../../codec/der-signature.ts'
import { type Algorithm, KEY_TYPES } from './algorithms.ts'

/** RFC 7515 §5.2(8). False for a signature of another length or shape; never throws. */
export function verifies(algorithm: Algorithm, key: KeyObject, signed: string, signature: Buffer): boolean {
  if (!fits(algorithm, key)) return false
  if (signature.length !== (algorithm.signatureSize ?? modulusSize(key))) return false
  try {
    const octets = octetsOf(signed)
    if (algorithm.kty === 'EC') return verify(algorithm.digest, octets, key, derSignature(signature))
    return verify(algorithm.digest, octets, padded(key, algorithm), signature)
  } catch {
    return false
  }
}

/** For the length of one verification: what nobody keeps need not be found room for each time. */
function octetsOf(signed: string): Buffer {
  if (signed.length > PAPER.length) return Buffer.from(signed, 'latin1')
  return PAPER.subarray(0, PAPER.write(signed, 'latin1'))
}

/** One key, one kind of algorithm (RFC 8725 §3.1). */
function fits(algorithm: Algorithm, key: KeyObject): boolean {
  return key.type === 'public' && key.asymmetricKeyType === KEY_TYPES[algorithm.kty]
}

/** RFC 8017 §8.1.2: as long as the modulus; OpenSSL also takes a signature whose leading zeros were cut off. */
function modulusSize(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}

/** A key that is not EC with what OpenSSL must know besides, to sign or to verify. */
export function padded(key: KeyObject, { padding, saltLength }: Algorithm): VerifyKeyObjectInput {
  if (padding === null) return { key }
  // Without a salt length OpenSSL takes any; RFC 7518 §3.5 orders the length of the digest.
  return saltLength === null ? { key, padding } : { key, padding, saltLength }
}

const PAPER = Buffer.allocUnsafeSlow(8 * 1024)
