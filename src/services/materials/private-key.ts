import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type JsonObject, parseJsonObject } from '../../codec/json.ts'
import { contentOf, holds, isEncrypted, isPem, type Objection } from './content.ts'
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
  if (jwk === undefined) throw new Error('no JSON object, or one that names a member twice')
  return { key: createPrivateKey({ key: jwk, format: 'jwk' }), says: jwk }
}

/** What such a file is instead of a private key, where that can be told better than by `reason`, for which it was not read. */
export function objectionTo(octets: Buffer, password: string | null, reason: string): Objection {
  const text = octets.toString('latin1')
  const isDer = octets[0] === DER_SEQUENCE
  if (isDer ? reason.includes('mac verify failure') : isEncrypted(text)) {
    const sealed = isDer ? 'a PKCS#12 file' : 'an encrypted key'
    if (password !== null) return { found: `${sealed} that the password in \`password_file\` does not open` }
    const found = isDer ? 'a PKCS#12 file with a password' : sealed
    return { found, hint: '`password_file` names the file with its password' }
  }
  if (text.trim() === '' || (isPem(text) && !holds(text, /PRIVATE KEY$/))) return contentOf(text)
  return { found: `a file that cannot be used (${reason})` }
}

function pemKey(text: string, password: string | null): KeyObject {
  return createPrivateKey(password === null ? text : { key: text, passphrase: password })
}

const DER_SEQUENCE = 0x30
