import { expect, it } from 'vitest'
import { hasPassed, isNumericDate, isOptionalDate, liesAhead } from '../../../src/verify/jose/numeric-date.ts'
import { NOW } from '../../support/clock.ts'

it('a NumericDate is a number of seconds, and none of milliseconds (RFC 7519 §2)', () => {
  for (const date of [0, 0.5, 1_700_000_000, 253_402_300_799]) expect(isNumericDate(date)).toBe(true)
  for (const other of [
    -1,
    253_402_300_800,
    1_700_000_000_000,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1',
    null,
  ])
    expect(isNumericDate(other)).toBe(false)
  expect([undefined, 1, '1'].map(isOptionalDate)).toEqual([true, true, false])
})

it.each([
  [NOW + 10, 10, false],
  // By the clock, which is read in whole seconds, it may be less than ten seconds ahead.
  [NOW + 10.9, 10, false],
  [NOW + 11, 10, true],
  [NOW + 60, 60, false],
  [NOW + 60.1, 60, true],
  [NOW - 1, 0, false],
])('a date %d lies further ahead than %d seconds: %s (FAPI2-SP §5.3.2.1(13))', (date, leeway, ahead) => {
  expect(liesAhead(date, leeway, NOW)).toBe(ahead)
})

it.each([
  [NOW + 1, false],
  [NOW + 0.9, true],
  [NOW, true],
  [Number.POSITIVE_INFINITY, false],
])('a date %d has passed: %s (RFC 7519 §4.1.4)', (date, passed) => {
  expect(hasPassed(date, NOW)).toBe(passed)
})
