import { type Evidence, isMet, type Requirement, type Section } from './requirement.ts'
import { sections } from './sections.ts'

process.stdout.write(`${sections.map(block).join('\n')}\n${summary()}\n`)

function block({ name, title, rows }: Section): string {
  return `${name}  ${title}\n\n${rows.map(entry).join('\n')}`
}

/** Clause, check, test: one under the other. */
function entry(row: Requirement): string {
  const lines = [`${row.id}  ${row.clause}`, `        ${row.says}`]
  if (!isMet(row)) lines.push(`  ${row.not === 'built' ? 'not built: ' : 'does not apply: '}${row.because}`)
  else {
    for (const file of [row.check].flat()) lines.push(`  check ${file}`)
    for (const each of row.tests) lines.push(`  test  ${evidence(each)}`)
    if (row.lacks !== undefined) lines.push(`  lacks ${row.lacks}`)
  }
  return `${lines.join('\n')}\n`
}

function evidence({ file, title, row, table }: Evidence): string {
  const from = table === null ? '' : `, ${table}`
  return `${file} › ${title}${row === null ? '' : ` (${row}${from})`}`
}

function summary(): string {
  const counts = sections.map(({ name, rows }) => ({
    section: name,
    rows: rows.length,
    tested: rows.filter(isMet).length,
    'of those in part': rows.filter((row) => isMet(row) && row.lacks !== undefined).length,
    'do not apply': rows.filter((row) => !isMet(row) && row.not === 'applicable').length,
    'not built': rows.filter((row) => !isMet(row) && row.not === 'built').length,
  }))
  const columns = Object.keys(counts[0] ?? {}) as (keyof (typeof counts)[number])[]
  const totals = columns.slice(1).map((column) => counts.reduce((sum, each) => sum + Number(each[column]), 0))
  const table = [columns, ...counts.map((each) => columns.map((column) => each[column])), ['all', ...totals]]
  return table
    .map((cells) =>
      cells.map((cell, at) => String(cell).padStart((columns[at] as string).length + 2)).join(''),
    )
    .join('\n')
}
