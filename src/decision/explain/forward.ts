import type { Judged } from './explain.ts'
import type { Comparison } from './steps.ts'

/** What went wrong behind the decision, as the system or the upstream said it. */
export function* compareForward({ evidence: { route }, refused, detail }: Judged): Iterable<Comparison> {
  if (refused === null || detail == null) return
  // A fault of our own has its stack in the record.
  const [came] = detail.split('\n', 1)
  yield refused.code.startsWith('UPSTREAM_') && route !== null
    ? { codes: [refused.code], what: `upstream ${route.upstream}`, came, wanted: 'a whole answer in time' }
    : { codes: [refused.code], what: 'gateway', came, wanted: 'no fault' }
}
