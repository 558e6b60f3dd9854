/**
 * Whether an RSA modulus bears the mark of the key generator of CVE-2017-15361 (ROCA), whose keys can be factored: modulo
 * each of these primes it is a power of 65537. A sound key bears it by chance once in 240 million.
 */
export function hasWeakModulus(modulus: Buffer): boolean {
  const n = BigInt(`0x0${modulus.toString('hex')}`)
  return MARKS.every(({ prime, powers }) => powers.has(Number(n % prime)))
}

function markOf(prime: number): { readonly prime: bigint; readonly powers: ReadonlySet<number> } {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power)
  return { prime: BigInt(prime), powers }
}

/** The primes up to 167 of which 65537 does not generate every residue. */
const MARKS = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map(markOf)
