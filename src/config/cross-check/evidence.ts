import type { Fault } from '../problem.ts'
import { entriesOf, has, isMapping, under } from './raw.ts'

/** Evidence needs a place, and somebody who asked. */
export function* evidenceRules(raw: unknown): Iterable<Fault> {
  const hasPlace = isMapping(raw) && has(raw, 'evidence')
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const kept = value.evidence
    if (kept !== 'signatures' && kept !== 'bodies') continue
    const here = [...path, 'evidence']
    if (!hasPlace)
      yield { path: here, expected: 'an `evidence` key in this file that names a directory', found: 'none' }
    if (Object.keys(under(value, 'require')).length === 0)
      yield { path: here, expected: 'off, as nobody proves anything on a public route', found: kept }
  }
}
