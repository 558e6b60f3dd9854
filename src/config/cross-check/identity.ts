import type { Fault } from '../problem.ts'
import { entriesOf, has, signingKeysOf } from './raw.ts'

/** What is told under our signature needs a key. */
export function* identityRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'upstreams')) {
    if (value.identity !== 'jwt' && has(value, 'txn_token')) {
      const expected = '`identity: jwt` beside it'
      yield { path: [...path, 'txn_token'], part: 'key', expected, found: 'another identity' }
    }
    if (value.identity !== 'jwt' || signingKeysOf(raw).length > 0) continue
    yield { path: [...path, 'identity'], expected: 'a `signing` key in this file', found: 'none' }
  }
}
