import type { Target } from '../load/load.ts'
import { residentOctets } from '../load/memory.ts'
import { type Gateway, startGateway } from '../peers/gateway.ts'
import type { Stage } from '../stage.ts'
import { head } from '../traffic.ts'
import { type Curve, type CurveResult, kibibytes, Numbers } from './curve.ts'
import { costAt, cpuLine, inTurns, type Points, targetOf } from './interleaved.ts'

/** Requests go to any of the routes: where these are public, finding one is as much of a request as it can be. */
export const routes: Curve = { key: 'routes', run }

async function run(stage: Stage, quick: boolean): Promise<CurveResult> {
  const open = await measure(stage, quick, OPEN)
  const bound = await measure(stage, quick, BOUND)
  return {
    key: 'routes',
    title: 'Cost of a request by the number of routes',
    xLabel: 'routes',
    yLabel: 'CPU µs a request',
    lines: [
      { name: 'plain proxy', points: cpuLine(open.found) },
      { name: 'certificate-bound JWT', points: cpuLine(bound.found) },
    ],
    facts: [
      `Resident memory: ${kibibytes(open.octets)} a public route, ${kibibytes(bound.octets)} one that asks for a token, what the start leaves behind included.`,
    ],
    ratios: [
      {
        key: 'routes 10000/10',
        title: 'plain proxy at 10,000 routes ÷ at ten',
        bound: 1.1,
        value: costAt(open.found, 10_000, 10),
      },
      {
        key: 'routes 10000/10 bound',
        title: 'certificate-bound JWT at 10,000 routes ÷ at ten',
        bound: 1.1,
        value: costAt(bound.found, 10_000, 10),
      },
    ],
  }
}

/** What all routes of a gateway ask for, and how they are asked. */
interface Kind {
  readonly asks: object
  target(stage: Stage, gateway: Gateway, title: string): Target
  request(stage: Stage, path: string): string
}

const OPEN: Kind = {
  asks: { danger_public: true },
  target: targetOf,
  request: (_, path) => head(path),
}

const BOUND: Kind = {
  asks: { require: { issuer: 'bank', scope: 'accounts', sender: ['mtls'] } },
  target: (stage, gateway, title) => ({
    ...targetOf(stage, gateway, title),
    port: gateway.mtls,
    tls: stage.tls.withCertificate,
  }),
  request: ({ traffic }, path) => traffic.bearer(path),
}

interface Measured {
  readonly found: Points
  /** Resident, of one route. */
  readonly octets: number
}

async function measure(stage: Stage, quick: boolean, kind: Kind): Promise<Measured> {
  const points = [10, 100, 1_000, 10_000]
  const gateways = new Map<number, Gateway>()
  try {
    for (const count of points) gateways.set(count, await startWith(stage, count, kind))
    const paths = new Map(points.map((count) => [count, new Numbers(count)]))
    const found = await inTurns(
      points,
      quick,
      (count) => kind.target(stage, gateways.get(count) as Gateway, `${count} routes`),
      (count, requests) =>
        (paths.get(count) as Numbers)
          .take(requests)
          .map((at) => kind.request(stage, `/apis/api-${at}/accounts`))
          .join(''),
    )
    const [most, least] = [10_000, 10].map((count) => residentOctets((gateways.get(count) as Gateway).pid))
    return { found, octets: ((most as number) - (least as number)) / 9_990 }
  } finally {
    for (const gateway of gateways.values()) await gateway.stop()
  }
}

function startWith({ folder, upstreamPort }: Stage, count: number, { asks }: Kind): Promise<Gateway> {
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
        ...asks,
      })),
    },
  })
}
