import { readdirSync } from 'node:fs'
import { residentOctets } from '../bench/load/memory.ts'

/** What the gateway holds at a moment. */
export interface Reading {
  /** Seconds since the load began. */
  readonly at: number
  /** Octets. */
  readonly resident: number
  /** Of all threads, the main one included; with what they hold outside of it. */
  readonly heap: number
  readonly descriptors: number
  readonly connections: number
  readonly inFlight: number
  readonly heldOctets: number
  readonly threadDeaths: number
}

/** Reads it from the metrics and from `/proc`. Rejects where the process is no more. */
export async function read(pid: number, admin: number, at: number): Promise<Reading> {
  // On a connection of its own: a kept one may be closed just as it is taken again.
  const asked = await fetch(`http://127.0.0.1:${admin}/metrics`, { headers: { connection: 'close' } })
  const text = await asked.text()
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].reduce(
      (all, [, value]) => all + Number(value),
      0,
    )
  return {
    at,
    resident: residentOctets(pid),
    heap: ['holdfast_thread_heap_bytes', 'nodejs_heap_size_used_bytes'].reduce(
      (all, name) => all + sum(name),
      0,
    ),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    connections: sum('holdfast_connections'),
    inFlight: sum('holdfast_in_flight'),
    heldOctets: sum('holdfast_held_body_bytes'),
    threadDeaths: sum('holdfast_thread_deaths_total'),
  }
}

/** The least of some readings within a part of the run, as shares of it: garbage comes and goes, what stays is below it. */
export function floor(
  readings: readonly Reading[],
  which: 'resident' | 'heap',
  from: number,
  to: number,
): number {
  const end = readings.at(-1)?.at ?? 0
  const part = readings.filter(({ at }) => at >= from * end && at <= to * end)
  return Math.min(...part.map((reading) => reading[which]))
}
