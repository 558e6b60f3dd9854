/** The middle of several rounds, and how far they lay apart. */
export interface Figure {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Of what was measured; null where nothing was. */
export function figure(values: readonly (number | undefined)[]): Figure | null {
  const sorted = values
    .filter((value): value is number => value !== undefined && !Number.isNaN(value))
    .sort((a, b) => a - b)
  if (sorted.length === 0) return null
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
  return { median: short(median), least: short(sorted[0] as number), most: short(sorted.at(-1) as number) }
}

export function short(value: number): number {
  return Number(value.toPrecision(4))
}
