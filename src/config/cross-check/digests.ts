import { type Fault, foundText } from '../problem.ts'
import { entriesOf, isSigned, under } from './raw.ts'

/** A signature that covers no digest says nothing of the body (RFC 9421 §7.2.8). */
export function* digestRules(raw: unknown): Iterable<Fault> {
  for (const { path, value } of entriesOf(raw, 'routes')) {
    const require = under(value, 'require')
    const mode = require.content_digest
    const here = [...path, 'require', 'content_digest']
    const found = foundText(mode, here)
    if (mode !== undefined && mode !== 'required' && isSigned(raw, require, 'request'))
      yield { path: here, expected: 'required, as requests are signed', found }
    else if (mode === 'off' && isSigned(raw, require, 'response'))
      yield { path: here, expected: 'optional or required, as answers are signed over it', found }
  }
}
