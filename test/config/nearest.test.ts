import { expect, it } from 'vitest'
import { nearest } from '../../src/config/nearest.ts'

it.each([
  ['audiance', 'audience'],
  ['isseur', 'issuer'],
  ['clockskew', 'clock_skew'],
  ['uu', 'u'],
  ['Issuer', 'issuer'],
  ['AUDIANCE', 'audience'],
  ['zzzz', undefined],
  ['issuer', undefined],
  ['', undefined],
])('%s is near %s', (given, name) => {
  expect(nearest(given, ['audience', 'issuer', 'clock_skew', 'u'])).toBe(name)
})

it.each([
  ['es256', 'ES256'],
  ['RS256', 'PS256'],
  ['rs512', 'PS512'],
  ['HS256', 'ES256'],
  ['eddsa', 'EdDSA'],
])('of algorithms %s is near %s', (given, name) => {
  expect(nearest(given, new Set(['ES256', 'ES384', 'EdDSA', 'PS256', 'PS512']).values())).toBe(name)
})
