/**
 * An ECDSA signature as JWS has it, r and s side by side (RFC 7518 §3.4), in DER as OpenSSL wants it (RFC 3279 §2.2.3). Node can do
 * that too, by way of big numbers, and takes as long for it as for all other checks of a proof's header.
 */
export function derSignature(raw: Buffer): Buffer {
  const half = raw.length >> 1
  const der = Buffer.allocUnsafe(raw.length + MOST_MORE)
  // From the end, since each length is known only when what it counts is written.
  let at = writeInteger(raw, half, raw.length, der, der.length)
  at = writeInteger(raw, 0, half, der, at)
  const length = der.length - at
  der[--at] = length
  if (length > LONGEST_SHORT) der[--at] = ONE_OCTET_OF_LENGTH
  der[--at] = SEQUENCE
  return der.subarray(at)
}

/** Writes one unsigned number so that it ends at `end`; returns where it begins. */
function writeInteger(raw: Buffer, from: number, to: number, der: Buffer, end: number): number {
  let first = from
  while (first < to - 1 && raw[first] === 0) first++
  let at = end - (to - first)
  raw.copy(der, at, first, to)
  // Without it the number would be negative.
  if ((der[at] as number) >= 0x80) der[--at] = 0
  const length = end - at
  der[--at] = length
  der[--at] = INTEGER
  return at
}

/** X.690 §8.1.3.5, §8.3, §8.9. */
const INTEGER = 0x02
const SEQUENCE = 0x30
const LONGEST_SHORT = 127
const ONE_OCTET_OF_LENGTH = 0x81
/** Three octets for the whole, three for each number. */
const MOST_MORE = 9
