/**
 * Functions as the definition of CEL has them, under a name of ours each: those of the library change letters beyond ASCII, some of which
 * become ASCII (the Kelvin sign), and read no digits at all as 0, and `0b1` as 1.
 */
export const IN_PLACE_OF: ReadonlyMap<string, string> = new Map(
  ['lowerAscii', 'upperAscii', 'int'].map((name) => [name, `${name}OfCel`]),
)

/** What is said of one of them, by the name that its writer knows. */
export function byTheirNames(message: string): string {
  return message.replaceAll('OfCel(', '(')
}

/** Ours, by their signatures. */
export const OWN_FUNCTIONS = {
  'string.lowerAsciiOfCel(): string': (text: string) =>
    text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  'string.upperAsciiOfCel(): string': (text: string) =>
    text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  'intOfCel(int): int': (whole: bigint) => whole,
  'intOfCel(double): int': (number: number) => within(BigInt(Math.trunc(number))),
  'intOfCel(string): int': (text: string) => {
    if (!DECIMAL.test(text)) throw new Error('int() type error: cannot convert to int')
    return within(BigInt(text))
  },
}

/** In 64 bits. */
function within(whole: bigint): bigint {
  if (BigInt.asIntN(64, whole) !== whole) throw new Error('int() type error: integer overflow')
  return whole
}

const DECIMAL = /^-?[0-9]{1,19}$/
