import { expect, it } from 'vitest'
import { Lines, moment, shown } from '../../../src/decision/explain/shown.ts'

it.each([
  ['RFC 9396 §9', 'RFC 9396 §9'],
  ['a\u001b[31m', '"a\\u001b[31m"'],
  ['é', '"\\u00e9"'],
  [null, 'absent'],
  [undefined, 'absent'],
  [{ a: 1 }, '{"a":1}'],
  ['x'.repeat(300), 'x'.repeat(300)],
  ['x'.repeat(301), `${'x'.repeat(300)}…`],
])('shows %j in a line as %s', (value, text) => {
  expect(shown(value)).toBe(text)
})

it('shows lines nearly whole, and nothing that terminals obey', () => {
  const text = ['x'.repeat(999), 'y'.repeat(1_001), 'a\u001b[31m', ''].join('\n')
  expect(new Lines(text).shown()).toEqual(['x'.repeat(999), `${'y'.repeat(1_000)}…`, '"a\\u001b[31m"', '""'])
})

it.each([
  [100, '100 (now)'],
  [99.5, '99.5 (1 s ago)'],
  [101, '101 (in 1 s)'],
  ['100', '100'],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [undefined, undefined],
])('tells of the moment %j how it lies to another: %s', (time, told) => {
  expect(moment(time, 100)).toBe(told)
})
