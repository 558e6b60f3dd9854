import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Document } from '../../config/document.ts'
import { boundedMemo } from '../../domain/memo.ts'
import { type DecryptionKey, IssuerTokenOpener } from '../../services/decryption/opener.ts'
import type { Materials } from '../../services/materials/materials.ts'
import type { Settings } from './settings.ts'

/** The keys that tokens are encrypted for, by issuer name. */
export function readDecryptionKeys(
  { issuers }: Document,
  materials: Materials,
): ReadonlyMap<string, readonly DecryptionKey[]> {
  const keys = new Map<string, readonly DecryptionKey[]>()
  for (const [name, { decryption }] of Object.entries(issuers)) {
    if (decryption === undefined) continue
    const read = decryption.flatMap(({ key: file, key_id: kid }, index): DecryptionKey[] => {
      const path = ['issuers', name, 'decryption', index, 'key']
      const pem = materials.privateKey(file, path, null)
      if (pem === '') return []
      const key = createPrivateKey(pem)
      const kty = typeOf(key)
      if (kty !== undefined) return [{ kid, kty, key }]
      const found = `a key of type ${key.asymmetricKeyType}`
      materials.faults.push({ path, expected: EXPECTED, found })
      return []
    })
    keys.set(name, read)
  }
  return keys
}

/** Who opens the encrypted tokens of issuers, by name. */
export function openersOf({ decryptionKeys }: Settings): ReadonlyMap<string, IssuerTokenOpener> {
  return new Map(
    [...decryptionKeys].map(([name, keys]) => [
      name,
      new IssuerTokenOpener(keys, boundedMemo(OPENED_TOKENS)),
    ]),
  )
}

function typeOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= 2048 ? 'RSA' : undefined
  if (type === 'x25519') return 'ECDH'
  return type === 'ec' && CURVES.has(details?.namedCurve ?? '') ? 'ECDH' : undefined
}

const EXPECTED = 'an RSA key of 2048 bits or more, or a key on P-256, P-384, P-521 or X25519'
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const OPENED_TOKENS = 500
