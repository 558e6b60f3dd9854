/**
 * The known name that the given one was probably meant to be: the closest within a third of its length, or one edit, with
 * something in common; in capitals or not. Undefined where nothing is close.
 */
export function nearest(given: string, known: Iterable<string>): string | undefined {
  if (given.length > LONGEST) return undefined
  const names = [...known]
  const sameKey = given.toUpperCase().replace(PKCS1, 'PS')
  if (sameKey !== given && names.includes(sameKey)) return sameKey
  let best: string | undefined
  let least = Math.max(1, Math.floor(given.length / 3)) + 1
  for (const name of names) {
    if (name === given || Math.abs(name.length - given.length) >= least) continue
    const distance = edits(given.toLowerCase(), name.toLowerCase())
    if (distance < least && distance < Math.max(given.length, name.length)) {
      least = distance
      best = name
    }
  }
  return best
}

/** Clause for a problem's hint, empty where nothing is close. */
export function didYouMean(given: string, known: Iterable<string>): { hint?: string } {
  const name = nearest(given, known)
  return name === undefined ? {} : { hint: `did you mean \`${name}\`?` }
}

/** Damerau-Levenshtein distance (optimal string alignment): two swapped neighbours count as one edit. */
function edits(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + change)
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped && row > 1 && column > 1) cost = Math.min(cost, beforeLast[column - 2]! + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[right.length]!
}

const LONGEST = 64
/** An RSA key signs with either padding, so PS256 is nearer to RS256 than ES256 is, which differs by one letter as well. */
const PKCS1 = /^RS(?=[0-9]{3}$)/
