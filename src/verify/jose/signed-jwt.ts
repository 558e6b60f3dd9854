import type { JsonObject } from '../../codec/json.ts'
import type { Signer } from '../../domain/ports.ts'
import { signatureBy } from './signature-by.ts'

/** Signs a JWT of our own (RFC 7519 §7.1), with a `typ` by which it is taken for nothing else (RFC 8725 §3.11). */
export function signedJwt(signer: Signer, typ: string, claims: JsonObject): string | Promise<string> {
  const header = { typ, alg: signer.algorithm, kid: signer.keyId }
  const input = `${encoded(header)}.${encoded(claims)}`
  const signature = signatureBy(signer, input)
  return signature instanceof Uint8Array
    ? joined(input, signature)
    : signature.then((octets) => joined(input, octets))
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function joined(input: string, { buffer, byteOffset, byteLength }: Uint8Array): string {
  return `${input}.${Buffer.from(buffer, byteOffset, byteLength).toString('base64url')}`
}
