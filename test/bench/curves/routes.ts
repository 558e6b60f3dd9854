import { residentOctets } from '../load/memory.ts'
import { type Gateway, startGateway } from '../peers/gateway.ts'
import type { Stage } from '../stage.ts'
import { head } from '../traffic.ts'
import { type Curve, type CurveResult, kibibytes, Numbers } from './curve.ts'
import { costAt, cpuLine, inTurns, targetOf } from './interleaved.ts'

/** Public routes, so that finding one is as much of a request as it can be; requests go to any of them. */
export const routes: Curve = { key: 'routes', run }

async function run(stage: Stage, quick: boolean): Promise<CurveResult> {
  const points = [10, 100, 1_000, 10_000]
  const gateways = new Map<number, Gateway>()
  try {
    for (const count of points) gateways.set(count, await startWith(stage, count))
    const paths = new Map(points.map((count) => [count, new Numbers(count)]))
    const found = await inTurns(
      points,
      quick,
      (count) => targetOf(stage, gateways.get(count) as Gateway, `${count} routes`),
      (count, requests) =>
        (paths.get(count) as Numbers)
          .take(requests)
          .map((at) => head(`/apis/api-${at}/accounts`))
          .join(''),
    )
    const most = gateways.get(10_000) as Gateway
    const least = gateways.get(10) as Gateway
    const octets = (residentOctets(most.pid) - residentOctets(least.pid)) / 9_990
    return {
      key: 'routes',
      title: 'Cost of a request by the number of routes',
      xLabel: 'routes',
      yLabel: 'CPU µs a request',
      lines: [{ name: 'plain proxy', points: cpuLine(found) }],
      facts: [`Resident memory: ${kibibytes(octets)} a route.`],
      ratios: [
        {
          key: 'routes 10000/10',
          title: 'plain proxy at 10,000 routes ÷ at ten',
          bound: 1.1,
          value: costAt(found, 10_000, 10),
        },
      ],
    }
  } finally {
    for (const gateway of gateways.values()) await gateway.stop()
  }
}

function startWith({ folder, upstreamPort }: Stage, count: number): Promise<Gateway> {
  return startGateway({
    folder,
    upstreamPort,
    introspectionPort: null,
    name: `routes-${count}`,
    threads: 1,
    profiled: false,
    changes: {
      routes: Array.from({ length: count }, (_, at) => ({
        path: `/apis/api-${at}/**`,
        upstream: 'bank',
        danger_public: true,
      })),
    },
  })
}
