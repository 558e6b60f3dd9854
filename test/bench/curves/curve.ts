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

/** Numbers from 0 to below a bound: each `take` goes on where the last ended, and in each run they are the same. */
export class Numbers {
  readonly #below: number
  #state = 0x2545_f491

  constructor(below: number) {
    this.#below = below
  }

  take(count: number): readonly number[] {
    return Array.from({ length: count }, () => {
      this.#state ^= this.#state << 13
      this.#state ^= this.#state >>> 17
      this.#state ^= this.#state << 5
      return (this.#state >>> 0) % this.#below
    })
  }
}

/** `1.5 KiB` and the like. */
export function kibibytes(octets: number): string {
  return `${(octets / 1024).toFixed(1)} KiB`
}

export function mebibytes(octets: number): string {
  return `${(octets / 2 ** 20).toFixed(0)} MiB`
}
