import type { Figure, Results } from './results.ts'

/** The results as a Markdown table, aligned so that it reads well in a terminal too, with the machine above it. */
export function asTable({ date, machine, size, verification, rows }: Results): string {
  const lines = rows.map(({ title, cpu, perSecond, p50, p99, toNginx, toNginxAndVerification }) => [
    title,
    spread(cpu, 1),
    perSecond.median.toFixed(0),
    p50.median.toFixed(2),
    p99.median.toFixed(2),
    toNginx === null ? '' : toNginx.median.toFixed(2),
    toNginxAndVerification === null ? '' : toNginxAndVerification.median.toFixed(2),
  ])
  const nginx = machine.nginx === null ? 'no nginx' : `nginx ${machine.nginx}`
  return [
    `${date}, ${machine.cpu}, ${machine.cpus} CPUs, Node ${machine.node}, ${nginx}, OpenSSL ${machine.openssl}; load average before ${machine.loadAverage}.`,
    `${size.rounds} rounds of ${size.requests} requests a row over ${size.connections} connections.`,
    `One P-256 verification in OpenSSL: ${spread(verification, 1)} CPU µs.`,
    '',
    ...aligned([TITLES, ...lines]),
  ].join('\n')
}

function spread({ median, least, most }: Figure, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  const [title, ...rest] = rows.map(line)
  return [title as string, rule, ...rest]
}

const TITLES = ['', 'CPU µs a request', 'requests/s', 'p50 ms', 'p99 ms', '× nginx', '× (nginx + P-256)']
