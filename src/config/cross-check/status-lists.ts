import type { Fault } from '../problem.ts'
import { entriesOf, under } from './raw.ts'

/** A status cannot be required and ignored at once. */
export function* statusListRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'issuers')) {
    const { required, danger_ignore_status: ignored } = under(value, 'status_list')
    if (required !== true || ignored !== true) continue
    yield {
      path: [...path, 'status_list', 'danger_ignore_status'],
      expected: 'false, as `required` is true',
      found: 'true',
    }
  }
}
