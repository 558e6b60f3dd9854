import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Load, LoadSize } from './load.ts'
import { nginxVersion } from './nginx.ts'
import type { Row } from './rows.ts'
import { asTable } from './table.ts'

/** One round: every row once, by its key, and what a P-256 verification cost meanwhile (CPU microseconds). */
export interface Round {
  readonly loads: ReadonlyMap<string, Load>
  readonly verification: number
}

/** The middle of the rounds, and how far they lay apart. */
export interface Figure {
  readonly median: number
  readonly least: number
  readonly most: number
}

export interface RowResult {
  readonly key: string
  readonly title: string
  /** CPU microseconds a request. */
  readonly cpu: Figure
  readonly perSecond: Figure
  /** Milliseconds. */
  readonly p50: Figure
  readonly p99: Figure
  /** CPU as a multiple of nginx's plain proxy in the same round; null where nginx was not there. */
  readonly toNginx: Figure | null
  /** The same of nginx and one P-256 verification; null also for rows that take none. */
  readonly toNginxAndVerification: Figure | null
}

export interface Machine {
  readonly cpu: string
  readonly cpus: number
  readonly node: string
  /** Over the minute before the run. */
  readonly loadAverage: number
  readonly nginx: string | null
  readonly openssl: string
}

export interface Results {
  readonly date: string
  readonly machine: Machine
  readonly size: LoadSize & { readonly rounds: number; readonly quick: boolean }
  /** CPU microseconds. */
  readonly verification: Figure
  readonly rows: readonly RowResult[]
}

/** Ratios are taken within a round, so that a slow moment of the machine weighs on both sides of them. */
export function results(
  rows: readonly Row[],
  rounds: readonly Round[],
  machine: Machine,
  size: Results['size'],
): Results {
  const nginx = ({ loads }: Round) => loads.get('nginx')?.cpu
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    size,
    verification: figure(rounds.map(({ verification }) => verification)) as Figure,
    rows: rows.map(({ key, title, verifies }) => {
      const of = (read: (load: Load, round: Round) => number | undefined) =>
        figure(rounds.map((round) => read(round.loads.get(key) as Load, round)))
      return {
        key,
        title,
        cpu: of(({ cpu }) => cpu) as Figure,
        perSecond: of(({ perSecond }) => perSecond) as Figure,
        p50: of(({ p50 }) => p50) as Figure,
        p99: of(({ p99 }) => p99) as Figure,
        toNginx: of(({ cpu }, round) => cpu / (nginx(round) ?? Number.NaN)),
        toNginxAndVerification: verifies
          ? of(({ cpu }, round) => cpu / ((nginx(round) ?? Number.NaN) + round.verification))
          : null,
      }
    }),
  }
}

/** A full run takes the place of the results that are kept, and of the table in README.md; a quick one lies beside them. */
export function write(found: Results): string {
  const name = found.size.quick ? 'results-quick.json' : 'results.json'
  writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(found, null, 2)}\n`)
  if (!found.size.quick) {
    const page = join(import.meta.dirname, 'README.md')
    const text = readFileSync(page, 'utf8')
    writeFileSync(page, text.replace(LAST, `$1\n\n${asTable(found)}\n\n$2`))
  }
  return `test/bench/${name}`
}

export function readMachine(): Machine {
  const { stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    node: process.version,
    loadAverage: short(loadavg()[0] as number),
    nginx: nginxVersion(),
    openssl: stdout.split(' ')[1] ?? 'unknown',
  }
}

function figure(values: readonly (number | undefined)[]): Figure | null {
  const sorted = values
    .filter((value) => value !== undefined && !Number.isNaN(value))
    .sort((a, b) => a! - b!) as number[]
  if (sorted.length === 0) return null
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
  return { median: short(median), least: short(sorted[0] as number), most: short(sorted.at(-1) as number) }
}

function short(value: number): number {
  return Number(value.toPrecision(4))
}

const LAST = /(<!-- last run -->)[\s\S]*(<!-- end -->)/
