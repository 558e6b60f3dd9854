import type { SoakResult } from './soak.ts'
import { lineOf } from './soak.ts'
import { floor, type Reading } from './watch.ts'

/** What was done, what came of it, what the gateway held meanwhile, and the verdict. */
export function report({ book, readings, before, after, disturbed, seconds }: SoakResult): string {
  const lines = [`\n${book.sent} requests in ${seconds} s; meanwhile ${listed(Object.entries(disturbed))}\n`]
  for (const [kind, outcomes] of [...book.outcomes].sort())
    lines.push(`${kind.padEnd(36)} ${listed([...outcomes].sort(([, a], [, b]) => b - a))}`)
  lines.push('', `before   ${lineOf(before, book)}`)
  for (const share of [0.2, 0.5, 1]) {
    const reading = readings.findLast(({ at }) => at <= share * seconds)
    if (reading !== undefined) lines.push(`         ${lineOf(reading, book)}`)
  }
  lines.push(`after    ${lineOf(after, book)}`, ...growth(readings, seconds), '')
  for (const [rule, { count, first }] of book.violations)
    lines.push(`VIOLATED ${count} times: ${rule}\n    ${first}`)
  lines.push(
    book.violations.size === 0 ? 'nothing was violated' : `${book.violations.size} rules were violated`,
  )
  return lines.join('\n')
}

/** How the least of each came on from the middle of the run to its end: what is judged, and how fast it went. */
function growth(readings: readonly Reading[], seconds: number): string[] {
  const minutes = (0.4 * seconds) / 60
  return (['heap', 'resident'] as const).map((which) => {
    const grown = floor(readings, which, 0.8, 1) - floor(readings, which, 0.4, 0.6)
    return `         ${which} at its least: ${(grown / 1024 / 1024 / minutes).toFixed(1)} MiB more a minute`
  })
}

function listed(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([what, count]) => `${what} ${count}`).join(', ')
}
