/** One element of DER: its tag, and where its contents start and end. */
export interface Element {
  readonly tag: number
  readonly start: number
  readonly end: number
}

/** The element that begins there (X.690 §8.1). Undefined where it is cut off, or longer than anything can be. */
export function elementAt(der: Buffer, at: number): Element | undefined {
  const [tag, length] = [der[at], der[at + 1]]
  if (tag === undefined || length === undefined) return undefined
  const octets = length < LONG ? 0 : length - LONG
  const start = at + 2 + octets
  if (octets > LONGEST || length === LONG || start > der.length) return undefined
  const end = start + (octets === 0 ? length : der.readUIntBE(at + 2, octets))
  return end > der.length ? undefined : { tag, start, end }
}

/** Those that stand in another, one after the other. None where one is cut off, or there is no other. */
export function elementsIn(der: Buffer, whole: Element | undefined): readonly Element[] {
  const elements: Element[] = []
  for (let at = whole?.start ?? 0; at < (whole?.end ?? 0); ) {
    const element = elementAt(der, at)
    if (element === undefined) return []
    elements.push(element)
    at = element.end
  }
  return elements
}

/** From here on the octet says how many octets the length takes. */
const LONG = 0x80
/** Octets that a length takes and Node reads as a number. */
const LONGEST = 6
