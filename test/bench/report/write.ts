import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROWS, type Row } from '../rows.ts'
import { type Bar, barChart } from './bar-chart.ts'
import { type Budget, type BudgetName, type Budgets, budgetFor, type Measured, newBudget } from './budget.ts'
import type { Figure } from './figure.ts'
import type { Machine } from './machine.ts'
import type { Results, RowResult } from './results.ts'
import { asTables } from './table.ts'

/** A full run takes the place of the results that are kept, of the charts, and of its part of README.md; a quick one lies beside. */
export function writeResults(found: Results): string {
  if (found.size.quick) return writeJson('results-quick.json', found)
  const charts = CHARTS.map(([name, title, unit, of]) => {
    writeChart(name, barChart(title, unit, bars(found, of)))
    return `![${title}](charts/${name}.svg)`
  })
  writeSection('last run', [asTables(found), ...charts].join('\n\n'))
  return writeJson('results.json', found)
}

/** Puts a text between `<!-- name -->` and `<!-- end -->` of README.md. */
export function writeSection(name: string, text: string): void {
  const page = join(HERE, 'README.md')
  writeFileSync(page, withSection(readFileSync(page, 'utf8'), name, text))
}

export function withSection(page: string, name: string, text: string): string {
  const start = page.indexOf(`<!-- ${name} -->`)
  const end = page.indexOf('<!-- end -->', start)
  if (start < 0 || end < 0) throw new Error(`README.md has no section “${name}”`)
  return `${page.slice(0, start)}<!-- ${name} -->\n\n${text}\n\n${page.slice(end)}`
}

export function writeChart(name: string, svg: string): void {
  mkdirSync(join(HERE, 'charts'), { recursive: true })
  writeFileSync(join(HERE, 'charts', `${name}.svg`), svg)
}

/** Answers the name of the file, from the top of the repository. */
export function writeJson(name: string, value: unknown): string {
  writeFileSync(join(HERE, name), `${JSON.stringify(value, null, 2)}\n`)
  return `test/bench/${name}`
}

export function readBudget(name: BudgetName, { cpu }: Machine): Budget {
  return budgetFor(cpu, name, readBudgets())
}

export function acceptBudget(name: BudgetName, { cpu }: Machine, measured: readonly Measured[]): string {
  const budgets = readBudgets()
  const own = budgets[cpu] ?? {}
  const accepted = { ...own, [name]: newBudget(own[name] ?? {}, measured) }
  return writeJson('budget.json', { ...budgets, [cpu]: accepted })
}

function readBudgets(): Budgets {
  return JSON.parse(readFileSync(join(HERE, 'budget.json'), 'utf8'))
}

function bars({ rows }: Results, of: (row: RowResult) => Figure): readonly Bar[] {
  return rows.map((row) => {
    const { median: value, least, most } = of(row)
    return {
      title: row.title,
      value,
      least,
      most,
      kind: kindOf(ROWS.find(({ key }) => key === row.key) as Row),
    }
  })
}

const CHARTS: readonly (readonly [string, string, string, (row: RowResult) => Figure])[] = [
  ['cpu', 'CPU time a request', 'CPU µs a request', ({ cpu }) => cpu],
  ['requests', 'Requests a second, all on one CPU', 'requests/s', ({ perSecond }) => perSecond],
  ['latency', 'Latency of a full house, 99th percentile', 'ms', ({ p99 }) => p99],
]

/** Others, what Holdfast admits, what it refuses. */
function kindOf({ peer, answers }: Row): number {
  if (OTHERS.test(peer)) return 1
  return answers.some(({ status }) => status === 200) ? 0 : 2
}

const OTHERS = /^(?:nginx|haproxy|apache)/
const HERE = join(import.meta.dirname, '..')
