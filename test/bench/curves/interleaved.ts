import { type Load, openRunner, type Runner, type Target } from '../load/load.ts'
import type { Gateway } from '../peers/gateway.ts'
import { type Figure, figure } from '../report/figure.ts'
import { quotient } from '../report/round.ts'
import type { Stage } from '../stage.ts'

/** What every round found at each point, by the point. */
export type Points = ReadonlyMap<number, readonly Load[]>

export interface Rounds {
  /** Those left out: they warm up. */
  readonly warmUp: number
  readonly counted: number
}

/** Every point once a round, there (first of all) and back by turns, so that what else the machine does meets all alike. */
export async function interleaved(
  points: readonly number[],
  { warmUp, counted }: Rounds,
  run: (point: number) => Promise<Load>,
): Promise<Points> {
  const found = new Map<number, Load[]>(points.map((point) => [point, []]))
  for (let round = 0; round < warmUp + counted; round++) {
    for (const point of round % 2 === 0 ? points : points.toReversed()) {
      const load = await run(point)
      if (round >= warmUp) found.get(point)?.push(load)
    }
  }
  return found
}

/** The same in rounds so short that a slow moment meets both sides of a ratio; each point keeps its connections. */
export async function inTurns(
  points: readonly number[],
  quick: boolean,
  target: (point: number) => Target,
  heads: (point: number, requests: number) => string,
): Promise<Points> {
  const runners = new Map<number, Runner>()
  const { requests, ...rounds } = quick ? QUICK : TURNS
  try {
    for (const point of points) runners.set(point, await openRunner(target(point)))
    return await interleaved(points, rounds, (point) =>
      (runners.get(point) as Runner).run(requests, heads(point, requests)),
    )
  } finally {
    for (const runner of runners.values()) runner.close()
  }
}

/** The open listener of a gateway, with as many connections as requests under way; all that is asked for is there. */
export function targetOf({ folder, tls }: Stage, { pid, open }: Gateway, title: string): Target {
  return {
    title,
    pid,
    port: open,
    protocol: 'http/1.1',
    connections: 32,
    inFlight: 32,
    folder,
    tls: tls.without,
    answers: [{ status: 200, code: null, share: 1 }],
  }
}

/** CPU microseconds a request at each point: the middle of the rounds. */
export function cpuLine(points: Points): readonly (readonly [number, number])[] {
  return [...points].map(([point, loads]) => [point, (figure(loads.map(({ cpu }) => cpu)) as Figure).median])
}

/** Cost at one point to that at another, each round for itself. */
export function costAt(points: Points, far: number, near: number): Figure | null {
  const nearLoads = points.get(near) ?? []
  return figure((points.get(far) ?? []).map(({ cpu }, round) => quotient(cpu, nearLoads[round]?.cpu)))
}

const TURNS = { warmUp: 10, counted: 25, requests: 1_200 }
const QUICK = { warmUp: 1, counted: 3, requests: 600 }
