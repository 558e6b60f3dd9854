import type { StatusList } from '../../domain/ports.ts'

/** The status at an index, 0 to 2^bits - 1; the least significant bits come first (TSL §4.1). Undefined past the end. */
export function statusAt({ bits, octets }: StatusList, index: number): number | undefined {
  const perOctet = 8 / bits
  const octet = octets[Math.floor(index / perOctet)]
  return octet === undefined ? undefined : (octet >> ((index % perOctet) * bits)) & (2 ** bits - 1)
}
