import { pinToOneCpu } from '../load/pin.ts'
import { overBudget } from '../report/budget.ts'
import { lineChart } from '../report/line-chart.ts'
import { describeMachine, type Machine, readMachine } from '../report/machine.ts'
import { aligned, ratioTable } from '../report/table.ts'
import { acceptBudget, readBudget, writeChart, writeJson, writeSection } from '../report/write.ts'
import { openStage } from '../stage.ts'
import { bodies } from './bodies.ts'
import { clients } from './clients.ts'
import { connections } from './connections.ts'
import type { Curve, CurveResult } from './curve.ts'
import { idle } from './idle.ts'
import { proofs } from './proofs.ts'
import { routes } from './routes.ts'

export const CURVES: readonly Curve[] = [routes, clients, connections, idle, proofs, bodies]

export interface CurveOptions {
  readonly folder: string
  readonly say: (text: string) => void
  readonly quick: boolean
  readonly check: boolean
  readonly accept: boolean
  /** Keys of the curves to run; null: all. What is left out is not kept. */
  readonly only: readonly string[] | null
}

/** Runs the curves one after the other. Answers whether the budget holds, where asked. */
export async function measureCurves(options: CurveOptions): Promise<boolean> {
  const { folder, say, quick, only } = options
  say(pinToOneCpu())
  const machine = readMachine()
  const stage = await openStage({ folder, profiled: false, empty: true })
  const found: CurveResult[] = []
  try {
    for (const curve of CURVES.filter(({ key }) => only?.includes(key) ?? true)) {
      const began = performance.now()
      const result = await curve.run(stage, quick).catch(String)
      if (typeof result !== 'string') found.push(result)
      say(typeof result === 'string' ? `${curve.key}: ${result}` : `${curve.key}: ${since(began)} s`)
    }
  } finally {
    await stage.close()
  }
  const date = new Date().toISOString().slice(0, 10)
  const page = [`${date}, ${describeMachine(machine)}`, ...found.map(asSection)].join('\n\n')
  say(`\n${page}`)
  const isWhole = found.length === CURVES.length
  if (!quick && isWhole) {
    for (const curve of found) writeChart(`curve-${curve.key}`, chartOf(curve))
    writeSection('last curves', page)
    say(
      `\nwritten to ${writeJson('curves.json', { date, machine: describeMachine(machine), curves: found })}`,
    )
  }
  return judge(found, machine, options) && found.length === (only?.length ?? CURVES.length)
}

function judge(
  found: readonly CurveResult[],
  machine: Machine,
  { check, accept, say }: CurveOptions,
): boolean {
  const ratios = found.flatMap((curve) => curve.ratios)
  if (accept) say(`the budget is now this run: ${acceptBudget('curves', machine, ratios)}`)
  const problems = check ? overBudget(readBudget('curves', machine), ratios) : []
  if (problems.length > 0) say(`\nover budget:\n${problems.join('\n')}`)
  return problems.length === 0
}

function asSection(curve: CurveResult): string {
  const { title, xLabel, yLabel, lines, facts, ratios } = curve
  const values = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b)
  const rows = values.map((at) => [
    at.toLocaleString('en'),
    ...lines.map(({ points }) => written(points.find(([here]) => here === at)?.[1])),
  ])
  return [
    `### ${title}`,
    '',
    `${capital(yLabel)}.`,
    '',
    ...aligned([[xLabel, ...lines.map(({ name }) => name)], ...rows]),
    '',
    ...facts,
    '',
    ...(ratios.length === 0 ? [] : [...ratioTable(ratios), '']),
    `![${title}](charts/curve-${curve.key}.svg)`,
  ].join('\n')
}

function chartOf({ title, xLabel, yLabel, lines }: CurveResult): string {
  return lineChart(title, xLabel, yLabel, lines)
}

function written(value: number | undefined): string {
  if (value === undefined) return ''
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)
}

function since(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(0)
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}
