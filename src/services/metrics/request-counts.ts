import type { MetricObjectWithValues, MetricValue } from 'prom-client'

export type Verdict = 'admitted' | 'refused' | 'failed' | 'gone'

/**
 * `holdfast_requests_total`, which every request touches, and of which there are as many series as routes. The library's counter
 * makes a text of all labels, each time, and looks that up; here the name of the route is enough. What is read is in the
 * library's form, so that it adds up the threads' like all else.
 */
export class RequestCounts {
  readonly #routes = new Map<string, Record<Verdict, number>>()

  add(route: string, verdict: Verdict): void {
    const counts = this.#routes.get(route) ?? this.expect(route)
    counts[verdict] += 1
  }

  /** A route is told of before anything comes, with zeros: `increase()` misses the beginning of a series that begins above. */
  expect(route: string): Record<Verdict, number> {
    const counts = this.#routes.get(route) ?? { admitted: 0, refused: 0, failed: 0, gone: 0 }
    this.#routes.set(route, counts)
    return counts
  }

  read(): MetricObjectWithValues<MetricValue<string>> {
    const values = [...this.#routes].flatMap(([route, counts]) =>
      VERDICTS.map((verdict) => ({ labels: { route, verdict }, value: counts[verdict] })),
    )
    return { ...COUNTER, values } as unknown as MetricObjectWithValues<MetricValue<string>>
  }
}

const VERDICTS = ['admitted', 'refused', 'failed', 'gone'] as const
const COUNTER = {
  name: 'holdfast_requests_total',
  help: 'Requests by route and verdict (admitted, refused, failed, gone).',
  type: 'counter',
  aggregator: 'sum',
}
