/**
 * RFC 4648 §5 without padding, as RFC 7515 §2 orders, strictly: a character outside the alphabet, padding, an
 * impossible length or stray bits in the last character make it undefined. (Node's own decoder skips junk, takes
 * `+/=` as well, and ignores stray bits; so two texts would name one value.)
 */
export function parseBase64url(text: string): Buffer | undefined {
  const tail = text.length & 3
  if (tail === 1 || !ALPHABET.test(text)) return undefined
  if (tail !== 0 && !clearTail(text.charCodeAt(text.length - 1), tail)) return undefined
  return Buffer.from(text, 'base64url')
}

/** The text form of a SHA-256 (43 characters): thumbprints, token hashes. The last character carries two stray bits. */
export function isSha256Text(value: unknown): value is string {
  return typeof value === 'string' && SHA256.test(value)
}

function clearTail(code: number, tail: number): boolean {
  const value = VALUES.indexOf(String.fromCharCode(code))
  return (value & (tail === 2 ? 0b1111 : 0b11)) === 0
}

const ALPHABET = /^[A-Za-z0-9_-]*$/
const SHA256 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const VALUES = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
