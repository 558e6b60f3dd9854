import { runLoad } from '../load/load.ts'
import { residentOctets } from '../load/memory.ts'
import { type Gateway, startGateway } from '../peers/gateway.ts'
import type { Stage } from '../stage.ts'
import { head } from '../traffic.ts'
import { type Curve, type CurveResult, kibibytes } from './curve.ts'
import { costAt, cpuLine, interleaved, targetOf } from './interleaved.ts'

/** Open TLS connections that take turns, 32 requests under way at a time (ten where there are but ten). */
export const connections: Curve = { key: 'connections', run }

async function run(stage: Stage, quick: boolean): Promise<CurveResult> {
  const points = quick ? [10, 100, 500] : [10, 100, 1_000, 5_000]
  const most = points.at(-1) as number
  const gateway = await startGateway({
    folder: stage.folder,
    upstreamPort: stage.upstreamPort,
    introspectionPort: null,
    name: 'connections',
    threads: 1,
    profiled: false,
  })
  try {
    const resident = new Map<number, number>()
    const found = await interleaved(points, { warmUp: 1, counted: quick ? 1 : 3 }, (count) =>
      load(stage, gateway, count, quick, () => {
        // Of the first round: what was once resident for many connections may stay so after they are gone.
        if (!resident.has(count)) resident.set(count, residentOctets(gateway.pid))
      }),
    )
    const octets = ((resident.get(most) as number) - (resident.get(100) as number)) / (most - 100)
    return {
      key: 'connections',
      title: 'Cost of a request by the number of connections',
      xLabel: 'open connections',
      yLabel: 'CPU µs a request',
      lines: [{ name: 'plain proxy', points: cpuLine(found) }],
      facts: [
        `Resident memory: ${kibibytes(octets)} a TLS connection that has had a request and is idle; \`limits.max_connections\` bounds how many.`,
      ],
      ratios: [
        {
          key: 'connections most/100',
          title: `plain proxy with ${most} connections ÷ with 100`,
          bound: 1.5,
          value: costAt(found, most, 100),
        },
      ],
    }
  } finally {
    await gateway.stop()
  }
}

function load(stage: Stage, gateway: Gateway, count: number, quick: boolean, whenWarm: () => void) {
  return runLoad({
    ...targetOf(stage, gateway, `${count} connections`),
    connections: count,
    inFlight: Math.min(count, 32),
    warmUp: Math.max(count, 300),
    requests: Math.max(count, quick ? 1_500 : 6_000),
    heads: head('/status'),
    whenWarm,
  })
}
