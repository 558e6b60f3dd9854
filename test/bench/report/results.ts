import type { Load, LoadSize } from '../load/load.ts'
import { ROWS, type Row } from '../rows.ts'
import { type Figure, figure } from './figure.ts'
import type { Machine } from './machine.ts'
import { type RatioResult, ratioResults } from './ratios.ts'
import { cpuOf, floorOf, quotient, type Round } from './round.ts'

export interface RowResult {
  readonly key: string
  readonly title: string
  /** CPU microseconds a request. */
  readonly cpu: Figure
  readonly perSecond: Figure
  /** Milliseconds. */
  readonly p50: Figure
  readonly p99: Figure
  readonly p999: Figure
  /** CPU as a multiple of nginx's plain proxy in the same round; null where nginx was not there. */
  readonly toNginx: Figure | null
  /** The same of nginx and the signature work that the row cannot do without; null also where there is none. */
  readonly toFloor: Figure | null
}

/** How much of a run counts, and how much goes before. */
export interface RunSize extends LoadSize {
  readonly rounds: number
  /** Requests of a row before the first of them. */
  readonly first: number
  readonly turns: number
  /** Requests of a row in each. */
  readonly turn: number
  readonly opensslSeconds: number
}

export interface Results {
  readonly date: string
  readonly machine: Machine
  /** `isPartial`: rows were chosen. */
  readonly size: RunSize & { readonly quick: boolean; readonly isPartial: boolean }
  /** CPU microseconds of one P-256 verification. */
  readonly verification: Figure
  readonly rows: readonly RowResult[]
  readonly ratios: readonly RatioResult[]
}

/** Ratios are taken within a round, so that a slow moment of the machine weighs on both sides of them. */
export function results(rounds: readonly Round[], machine: Machine, size: Results['size']): Results {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    size,
    verification: figure(rounds.map(({ signatures }) => signatures.verification)) as Figure,
    rows: ROWS.filter(({ key }) => rounds[0]?.loads.has(key)).map((row) => rowResult(row, rounds)),
    ratios: ratioResults(rounds),
  }
}

function rowResult(row: Row, rounds: readonly Round[]): RowResult {
  const { key, title } = row
  const of = (read: (load: Load) => number) =>
    figure(rounds.flatMap(({ loads }) => loads.get(key) ?? []).map(read)) as Figure
  const hasWork = row.verifications > 0 || row.signature !== null
  return {
    key,
    title,
    cpu: of(({ cpu }) => cpu),
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    p999: of(({ p999 }) => p999),
    toNginx: figure(rounds.map((round) => quotient(cpuOf(round, key), cpuOf(round, 'nginx')))),
    toFloor: hasWork ? figure(rounds.map((round) => quotient(cpuOf(round, key), floorOf(round, row)))) : null,
  }
}
