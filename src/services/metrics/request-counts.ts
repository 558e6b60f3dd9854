import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { noCounts, type RouteCounts } from '../../domain/route-counts.ts'

/**
 * `holdfast_requests_total`, which every request touches, and of which there are as many series as routes. The library's counter
 * makes a text of all labels, each time, and looks that up; here a route holds its own. What is read is in the
 * library's form, so that it adds up the threads' like all else.
 */
export class RequestCounts {
  readonly #routes = new Map<string, RouteCounts>()

  /**
   * Those of a route, by its name; they go on where a later configuration has the route too. They are told of before anything
   * comes, with zeros: `increase()` misses the beginning of a series that begins above.
   */
  of(route: string): RouteCounts {
    const known = this.#routes.get(route)
    if (known !== undefined) return known
    const counts = noCounts()
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
