import type { Outcome } from './attempt.ts'

/** The title of the columns, aligned as the lines are. */
export function formatTitle(): string {
  return row('what was tried', 'status', 'code', 'clause', '')
}

/** One line: what was tried, status, code, clause, and whether it came out as it should. */
export function formatOutcome(outcome: Outcome, colour: boolean): string {
  const verdict = outcome.amiss === '' ? 'ok' : 'NOT as expected'
  const painted = colour ? `\x1b[${outcome.amiss === '' ? 32 : 31}m${verdict}\x1b[0m` : verdict
  const line = row(
    outcome.what,
    outcome.status === 0 ? '-' : String(outcome.status),
    outcome.code,
    outcome.cite,
    painted,
  )
  return outcome.amiss === '' ? line : `${line}\n    ${outcome.amiss}`
}

function row(what: string, status: string, code: string, cite: string, verdict: string): string {
  return `${what.padEnd(56)} ${status.padEnd(6)} ${code.padEnd(18)} ${cite.padEnd(25)} ${verdict}`.trimEnd()
}
