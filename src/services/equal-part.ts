/** What someone holds of what all have in common. */
export interface Holding {
  readonly holder: string
  /** In whatever is counted. */
  readonly size: number
  /** Since when it is held for nothing: the smaller, the longer. */
  readonly since: number
}

/**
 * What is given up so that `wanted` is free: of holders that have more than `part`, what has been held for nothing the longest. So whoever
 * takes all there is keeps nobody out, and nobody loses anything to one who has more. `held`: what each has, which is counted down.
 */
export function beyondPart<Each extends Holding>(
  holdings: readonly Each[],
  held: Map<string, number>,
  part: number,
  wanted: number,
): readonly Each[] {
  const given: Each[] = []
  let left = wanted
  for (const each of holdings.toSorted((one, other) => one.since - other.since)) {
    if (left <= 0) break
    const its = held.get(each.holder) ?? 0
    if (its <= part) continue
    held.set(each.holder, its - each.size)
    left -= each.size
    given.push(each)
  }
  return given
}
