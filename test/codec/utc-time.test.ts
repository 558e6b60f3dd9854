import { expect, it } from 'vitest'
import { utcTime } from '../../src/codec/utc-time.ts'

it('a time is written in UTC and to the second, fractions cut off', () => {
  expect([0, 1_767_225_600, 1_767_225_600.999].map(utcTime)).toEqual([
    '1970-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z',
  ])
})
