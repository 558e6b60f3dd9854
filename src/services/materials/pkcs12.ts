import { createPrivateKey, type KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { type ContentInfo, id_data } from '@peculiar/asn1-cms'
import { AuthenticatedSafe, id_keyBag, id_pkcs8ShroudedKeyBag, PFX, SafeContents } from '@peculiar/asn1-pfx'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'

/**
 * The private key of a PKCS#12 file (RFC 7292). OpenSSL judges the file by its MAC and decrypts the key; only the way to
 * the key's bag is found here, as Node has no call for it. Throws a sentence.
 */
export function pkcs12Key(octets: Buffer, password: string): KeyObject {
  createSecureContext({ pfx: octets, passphrase: password })
  const keys = contents(AsnConvert.parse(octets, PFX).authSafe, AuthenticatedSafe).flatMap((part) =>
    part.contentType === id_data ? contents(part, SafeContents).flatMap((bag) => keyOf(bag, password)) : [],
  )
  const [key] = keys
  if (key === undefined || keys.length > 1) throw new Error(`it holds ${keys.length} private keys, not one`)
  return key
}

function keyOf(
  { bagId, bagValue }: { readonly bagId: string; readonly bagValue: ArrayBuffer },
  password: string,
): KeyObject[] {
  if (bagId !== id_keyBag && bagId !== id_pkcs8ShroudedKeyBag) return []
  const protection = bagId === id_keyBag ? {} : { passphrase: password }
  return [createPrivateKey({ key: Buffer.from(bagValue), format: 'der', type: 'pkcs8', ...protection })]
}

/** RFC 7292 §4: the content is an OCTET STRING that holds the next sequence. */
function contents<T>({ content }: ContentInfo, type: new () => T): T {
  return AsnConvert.parse(AsnConvert.parse(content, OctetString).buffer, type)
}
