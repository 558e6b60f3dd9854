import type { Fault } from '../problem.ts'
import { entriesOf, has, under } from './raw.ts'

/** A form of refusals of one's own is there where it is used, and used where it is there. */
export function* errorRules(raw: unknown): Iterable<Fault> {
  const errors = under(raw, 'errors')
  const routes = entriesOf(raw, 'routes').map(({ path, value }) => ({ path, errors: under(value, 'errors') }))
  const custom = [{ path: [], errors }, ...routes].filter((each) => each.errors.format === 'custom')
  const isMade = has(errors, 'body')
  for (const { path } of isMade ? [] : custom)
    yield {
      path: [...path, 'errors', 'format'],
      expected: '`errors.body` in this file, which custom is',
      found: 'none',
    }
  if (isMade && custom.length === 0) {
    const expected = '`format: custom`, here or on a route'
    yield { path: ['errors', 'body'], part: 'key', expected, found: 'none' }
  }
}
