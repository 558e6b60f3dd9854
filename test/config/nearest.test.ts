import { expect, it } from 'vitest'
import { nearest } from '../../src/config/nearest.ts'

it.each([
  ['audiance', 'audience'],
  ['isseur', 'issuer'],
  ['clockskew', 'clock_skew'],
  ['uu', 'u'],
  ['zzzz', undefined],
  ['issuer', undefined],
  ['', undefined],
])('%s is near %s', (given, name) => {
  expect(nearest(given, ['audience', 'issuer', 'clock_skew', 'u'])).toBe(name)
})
