/**
 * The octets that a percent-encoded text stands for (RFC 3986 §2.1), one a character; or of those triplets alone that are named.
 * What is no triplet stays.
 */
export function percentDecoded(text: string, triplets = TRIPLET): string {
  return text.replace(triplets, octetOf)
}

/** The octet that one triplet stands for, as a character. */
export function octetOf(triplet: string): string {
  return String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
}

/** A percent-encoded octet. */
export const TRIPLET = /%[0-9A-Fa-f]{2}/g
