import { type KeyObject, sign } from 'node:crypto'
import { type Algorithm, KEY_TYPES } from './algorithms.ts'
import { padded } from './signature.ts'

/** RFC 7515 §5.1(5). ECDSA as R and S, each of full length (RFC 7518 §3.4). The key must fit the algorithm. */
export function signatureOf(algorithm: Algorithm, key: KeyObject, octets: Uint8Array): Buffer {
  const whole = algorithm.kty === 'EC' ? { key, dsaEncoding: 'ieee-p1363' as const } : padded(key, algorithm)
  return sign(algorithm.digest, octets, whole)
}

/** Whether a private key signs with this algorithm: its type, its curve, and RSA of 2048 bits at least (RFC 7518 §3.3, §3.5). */
export function canSign(algorithm: Algorithm, key: KeyObject): boolean {
  if (key.type !== 'private' || key.asymmetricKeyType !== KEY_TYPES[algorithm.kty]) return false
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  if (algorithm.kty === 'EC') return namedCurve === CURVES[algorithm.crv ?? '']
  return algorithm.kty === 'OKP' || modulusLength >= 2048
}

/** What kind of key it is: `a P-256 key`, `an RSA key of 2048 bits`. */
export function keyText({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === 'rsa') return `an RSA key of ${details?.modulusLength} bits`
  if (type === 'ed25519') return 'an Ed25519 key'
  if (type !== 'ec') return `a key of type ${type}`
  const [curve = details?.namedCurve] = Object.keys(CURVES).filter(
    (crv) => CURVES[crv] === details?.namedCurve,
  )
  return `a ${curve} key`
}

/** By their names in JOSE, what OpenSSL calls them. */
const CURVES: { readonly [crv: string]: string | undefined } = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
}
