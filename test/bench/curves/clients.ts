import { openRunner } from '../load/load.ts'
import { residentOctets } from '../load/memory.ts'
import { type Gateway, startGateway } from '../peers/gateway.ts'
import type { Stage } from '../stage.ts'
import { type Client, clientRequest, newClient } from '../traffic.ts'
import { type Curve, type CurveResult, kibibytes, Numbers } from './curve.ts'
import { costAt, cpuLine, inTurns, targetOf } from './interleaved.ts'

/** Clients with a key and a token each, at a gateway whose caches hold all of them; requests come from any of them. */
export const clients: Curve = { key: 'clients', run }

async function run(stage: Stage, quick: boolean): Promise<CurveResult> {
  const points = quick ? [1, 100, 2_000] : [1, 100, 10_000, 100_000]
  const most = points.at(-1) as number
  const gateway = await start(stage, Math.max(100, Math.ceil(most * 1.2)))
  try {
    const crowds = new Map<number, readonly Client[]>()
    let before = residentOctets(gateway.pid)
    for (const count of points) {
      const crowd = Array.from({ length: count }, newClient)
      crowds.set(count, crowd)
      if (count === most) before = residentOctets(gateway.pid)
      await introduce(stage, gateway, crowd)
    }
    const octets = (residentOctets(gateway.pid) - before) / most
    const chosen = new Map(points.map((count) => [count, new Numbers(count)]))
    const found = await inTurns(
      points,
      quick,
      () => targetOf(stage, gateway, 'clients'),
      (count, requests) =>
        (chosen.get(count) as Numbers)
          .take(requests)
          .map((at) => clientRequest((crowds.get(count) as readonly Client[])[at] as Client))
          .join(''),
    )
    return {
      key: 'clients',
      title: 'Cost of a request by the number of clients, all remembered',
      xLabel: 'clients',
      yLabel: 'CPU µs a request',
      lines: [{ name: 'DPoP-bound JWT', points: cpuLine(found) }],
      facts: [
        `Resident memory: ${kibibytes(octets)} a client, its token and its key both remembered; \`caches\` bounds how many.`,
      ],
      ratios: [
        {
          key: 'clients most/1',
          title: `DPoP-bound JWT with ${most} clients ÷ with one`,
          bound: 1.1,
          value: costAt(found, most, 1),
        },
      ],
    }
  } finally {
    await gateway.stop()
  }
}

function start({ folder, upstreamPort }: Stage, entries: number): Promise<Gateway> {
  return startGateway({
    folder,
    upstreamPort,
    introspectionPort: null,
    name: 'clients',
    threads: 1,
    profiled: false,
    changes: { caches: { tokens: entries, dpop_keys: entries } },
  })
}

/** Each client comes once. A few at a time, so that no proof is old before it is used. */
async function introduce(stage: Stage, gateway: Gateway, crowd: readonly Client[]): Promise<void> {
  const runner = await openRunner(targetOf(stage, gateway, 'clients'))
  try {
    for (let from = 0; from < crowd.length; from += CHUNK) {
      const some = crowd.slice(from, from + CHUNK)
      await runner.run(some.length, some.map(clientRequest).join(''))
    }
  } finally {
    runner.close()
  }
}

const CHUNK = 10_000
