import type { Load } from '../load/load.ts'
import { type Figure, figure } from '../report/figure.ts'
import { quotient } from '../report/round.ts'

/** What every round found at each point, by the point. */
export type Points = ReadonlyMap<number, readonly Load[]>

/** Every point once a round, so that what else the machine does meets all alike; the first round warms up and is left out. */
export async function interleaved(
  points: readonly number[],
  rounds: number,
  run: (point: number) => Promise<Load>,
): Promise<Points> {
  const found = new Map<number, Load[]>(points.map((point) => [point, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const point of points) {
      const load = await run(point)
      if (round > 0) found.get(point)?.push(load)
    }
  }
  return found
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
