/** What a file is instead of what was expected, and what is to be done. */
export interface Objection {
  readonly found: string
  readonly hint?: string
}

/** What a file holds, by the labels of its PEM (RFC 7468 §2): more often than a damaged file it is the wrong one. */
export function contentOf(text: string): Objection {
  if (text.trim() === '') return { found: 'an empty file' }
  if (isEncrypted(text)) return { found: 'an encrypted key' }
  const labels = new Set(labelsOf(text))
  if (labels.size > 0) return { found: `a PEM file with ${[...labels].join(', ')}` }
  if (text.startsWith('0') && text.includes(UNREADABLE)) return text.slice(0, 8).includes(PFX) ? PKCS12 : DER
  return { found: 'a file without PEM' }
}

export function isPem(text: string): boolean {
  return labelsOf(text).length > 0
}

/** Whether there is a block with such a label. */
export function holds(text: string, label: RegExp): boolean {
  return labelsOf(text).some((each) => label.test(each))
}

/** Whether a private key in it needs a password, in either of the two ways that PEM has. */
export function isEncrypted(text: string): boolean {
  return holds(text, /^ENCRYPTED PRIVATE KEY$/) || LEGACY_ENCRYPTION.test(text)
}

function labelsOf(text: string): string[] {
  return [...text.matchAll(LABEL)].map(([, label]) => label as string)
}

/** What is left of octets that are no UTF-8, as those of DER are behind the 0x30 that it begins with (X.690 §8.1.2, a SEQUENCE). */
const UNREADABLE = '\ufffd'
/** The version of a PKCS#12 file (RFC 7292 §4): INTEGER 3. */
const PFX = '\u0002\u0001\u0003'
const PKCS12 = {
  found: 'a PKCS#12 file',
  hint: '`openssl pkcs12 -nodes -in FILE` writes what is in it as PEM',
}
const DER = {
  found: 'a file in DER',
  hint: '`openssl x509`, `crl` or `pkey` with `-inform DER` writes it as PEM',
}
const LABEL = /-----BEGIN ([A-Z0-9 ]+)-----/g
/** RFC 1421 §4.6.1.1. */
const LEGACY_ENCRYPTION = /^Proc-Type: 4,ENCRYPTED/m
