import { constants, sign } from 'node:crypto'
import { algorithms } from '../../src/verify/jose/algorithms.ts'
import type { SigningKey } from './keys.ts'

/** Members to set in a header or in claims; undefined takes one away. */
export type Members = { readonly [name: string]: unknown }

/** A JWS in its compact serialization. Header and payload may also be texts, for JSON that no serializer writes. */
export function aJws(header: Members | string, payload: Members | string, key: SigningKey): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${signatureOf(input, key).toString('base64url')}`
}

/** ECDSA as R and S. */
export function signatureOf(input: string, { alg, privateKey: key }: SigningKey): Buffer {
  const { kty, digest, saltLength } = algorithms.get(alg)!
  const octets = Buffer.from(input, 'latin1')
  if (kty === 'OKP') return sign(null, octets, key)
  if (kty === 'EC') return sign(digest, octets, { key, dsaEncoding: 'ieee-p1363' })
  if (saltLength === null) return sign(digest, octets, key)
  return sign(digest, octets, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
}

export function base64url(value: Members | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** Takes a compact JWS apart, changes what `change` says, and puts it together again without signing it. */
export function altered(
  jws: string,
  change: (parts: { header: string; payload: string; signature: string }) => void,
): string {
  const [header, payload, signature] = jws.split('.') as [string, string, string]
  const parts = { header, payload, signature }
  change(parts)
  return `${parts.header}.${parts.payload}.${parts.signature}`
}
