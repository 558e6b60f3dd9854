import type { Figure } from '../report/figure.ts'
import type { Line } from '../report/line-chart.ts'
import type { Stage } from '../stage.ts'

/** How a cost changes as one thing grows. */
export interface Curve {
  readonly key: string
  readonly run: (stage: Stage, quick: boolean) => Promise<CurveResult>
}

export interface CurveResult {
  readonly key: string
  readonly title: string
  /** What grows. */
  readonly xLabel: string
  readonly yLabel: string
  readonly lines: readonly Line[]
  /** What else was found, in sentences. */
  readonly facts: readonly string[]
  readonly ratios: readonly CurveRatio[]
}

/** The far end of a line to its near end, or to another line: the lower the better. */
export interface CurveRatio {
  readonly key: string
  readonly title: string
  readonly bound: number
  readonly value: Figure | null
}

/** Numbers that change nothing from one run of a seed to the next: 0 or more, less than `below`. */
export function someNumbers(count: number, below: number): readonly number[] {
  let state = 0x2545_f491
  return Array.from({ length: count }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  })
}

/** `1.5 KiB` and the like. */
export function kibibytes(octets: number): string {
  return `${(octets / 1024).toFixed(1)} KiB`
}

export function mebibytes(octets: number): string {
  return `${(octets / 2 ** 20).toFixed(0)} MiB`
}
