import { createPrivateKey, type KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject, parseJsonObject } from '../../codec/json.ts'
import { pkcs12Key } from './pkcs12.ts'

/** A private key, and what its file says of it besides: the members of a JWK. */
export interface FoundKey {
  readonly key: KeyObject
  readonly says: JsonObject
}

/** Reads PEM, JWK or PKCS#12, told apart by the octets. Throws a sentence that does not show them. */
export function parsePrivateKey(octets: Buffer, password: string | null): FoundKey {
  if (octets[0] === DER_SEQUENCE) return { key: pkcs12Key(octets, password ?? ''), says: {} }
  const text = octets.toString('utf8')
  if (!text.trimStart().startsWith('{')) return { key: pemKey(text, password), says: {} }
  const jwk = parseJsonObject(Buffer.from(text.trim()))
  if (!isJsonObject(jwk)) throw new Error('no JSON object, or one that names a member twice')
  return { key: createPrivateKey({ key: jwk, format: 'jwk' }), says: jwk }
}

function pemKey(text: string, password: string | null): KeyObject {
  return createPrivateKey(password === null ? text : { key: text, passphrase: password })
}

const DER_SEQUENCE = 0x30
