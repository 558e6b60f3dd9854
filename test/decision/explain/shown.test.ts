import { expect, it } from 'vitest'
import { shown } from '../../../src/decision/explain/shown.ts'

it.each([
  ['RFC 9396 §9', 'RFC 9396 §9'],
  ['a\u001b[31m', '"a\\u001b[31m"'],
  ['é', '"\\u00e9"'],
  [null, 'absent'],
  [undefined, 'absent'],
  [{ a: 1 }, '{"a":1}'],
  ['x'.repeat(301), `${'x'.repeat(300)}…`],
])('shows %j in a line as %s', (value, text) => {
  expect(shown(value)).toBe(text)
})
