import { type Fault, foundText } from '../problem.ts'
import { entriesOf, isSigned, under } from './raw.ts'

/** A signature that covers no digest says nothing of the body (RFC 9421 §7.2.8). */
export function* digestRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const require = under(value, 'require')
    const mode = require.content_digest
    if (!isSigned(raw, require, 'request') || mode === undefined || mode === 'required') continue
    const here = [...path, 'require', 'content_digest']
    yield { path: here, expected: 'required, as requests are signed', found: foundText(mode, here) }
  }
}
