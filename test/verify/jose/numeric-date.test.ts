import { expect, it } from 'vitest'
import { isNumericDate, isOptionalDate } from '../../../src/verify/jose/numeric-date.ts'

it('a NumericDate is a number of seconds that a double tells apart (RFC 7519 §2)', () => {
  for (const date of [0, 0.5, 1_700_000_000, Number.MAX_SAFE_INTEGER]) expect(isNumericDate(date)).toBe(true)
  for (const other of [-1, Number.MAX_SAFE_INTEGER + 1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])
    expect(isNumericDate(other)).toBe(false)
  expect([undefined, 1, '1'].map(isOptionalDate)).toEqual([true, true, false])
})
