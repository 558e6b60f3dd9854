import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client'

/** A histogram's readings, as they pass between threads: plain data. */
export type DurationReadings = MetricObjectWithValues<MetricValueWithName<string>>

/**
 * A histogram that every request touches. The library's makes a text of each bound and hashes it, twice a request; here an
 * observation is a few comparisons. What is read is in the library's form, so that it adds up the threads' like all else.
 */
export class Durations {
  readonly #name: string
  readonly #help: string
  /** Seconds, upper bounds, rising. */
  readonly #bounds: readonly number[]
  /** Null: one series without labels. */
  readonly #label: string | null
  readonly #series = new Map<string, Series>()

  constructor(name: string, help: string, bounds: readonly number[], label: string | null = null) {
    this.#name = name
    this.#help = help
    this.#bounds = bounds
    this.#label = label
    if (label === null) this.of('')
  }

  /** The series of one value of the label; there are few, and each stays. */
  of(value: string): Series {
    const known = this.#series.get(value)
    if (known !== undefined) return known
    const series = new Series(this.#bounds)
    this.#series.set(value, series)
    return series
  }

  read(): DurationReadings {
    const values = [...this.#series].flatMap(([value, series]) => this.#valuesOf(value, series))
    const { type, aggregator } = HISTOGRAM
    return { name: this.#name, help: this.#help, type, aggregator, values } as unknown as DurationReadings
  }

  #valuesOf(value: string, series: Series): MetricValueWithName<string>[] {
    const labels = this.#label === null ? {} : { [this.#label]: value }
    const told = (suffix: string, count: number, le?: number | string) => ({
      metricName: `${this.#name}_${suffix}`,
      labels: le === undefined ? labels : { le, ...labels },
      value: count,
    })
    let below = 0
    const buckets = this.#bounds.map((bound, at) => {
      below += series.counts[at] as number
      return told('bucket', below, bound)
    })
    return [
      ...buckets,
      told('bucket', series.count, '+Inf'),
      told('sum', series.sum),
      told('count', series.count),
    ]
  }
}

/** One series: what was observed, by the first bound that it is not above. */
export class Series {
  readonly #bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0
  count = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.counts = new Float64Array(bounds.length)
  }

  observe(seconds: number): void {
    this.sum += seconds
    this.count += 1
    const bounds = this.#bounds
    for (let at = 0; at < bounds.length; at++) {
      if (seconds <= (bounds[at] as number)) {
        this.counts[at]! += 1
        return
      }
    }
  }
}

const HISTOGRAM = { type: 'histogram', aggregator: 'sum' } as const
