import type { Figure } from './figure.ts'
import { describeMachine } from './machine.ts'
import type { RatioResult } from './ratios.ts'
import type { Results } from './results.ts'

/** The results as Markdown tables, aligned so that they read well in a terminal too, with the machine above them. */
export function asTables(found: Results): string {
  const { date, machine, size, verification } = found
  return [
    `${date}, ${describeMachine(machine)}`,
    `${size.rounds} rounds of ${size.requests} requests a row over ${size.connections} connections; then ${size.turns} turns of ${size.turn} of what is compared.`,
    `One P-256 verification in OpenSSL: ${spread(verification, 1)} CPU µs.`,
    '',
    ...rowTable(found),
    '',
    ...ratioTable(found.ratios.filter(({ value }) => value !== null || !size.isPartial)),
  ].join('\n')
}

function rowTable({ rows }: Results): readonly string[] {
  const titles = ['', 'CPU µs a request', 'requests/s', 'p50 ms', 'p99 ms', 'p99.9 ms', '× nginx', '× floor']
  const lines = rows.map(({ title, cpu, perSecond, p50, p99, p999, toNginx, toFloor }) => [
    title,
    spread(cpu, 1),
    perSecond.median.toFixed(0),
    p50.median.toFixed(2),
    p99.median.toFixed(2),
    p999.median.toFixed(2),
    toNginx?.median.toFixed(2) ?? '',
    toFloor?.median.toFixed(2) ?? '',
  ])
  return aligned([titles, ...lines])
}

export function ratioTable(ratios: readonly RatioResult[]): readonly string[] {
  const lines = ratios.map(({ title, bound, value }) => [
    title,
    value === null ? 'not measured' : spread(value, 2),
    `${Number(bound.toFixed(2))}`,
    value === null ? '' : value.median <= bound ? 'yes' : 'no',
  ])
  return aligned([['ratio', 'reached', 'at most', 'holds'], ...lines])
}

function spread({ median, least, most }: Figure, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

/** A Markdown table; the first row is its head, the first column its names. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] as readonly string[]).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] as string).length)),
  )
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number)
  const [title, ...rest] = rows.map((row) => `| ${row.map(pad).join(' | ')} |`)
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`,
  )
  return [title as string, `|${rule.join('|')}|`, ...rest]
}
