import { describe, expect, it } from 'vitest'
import { scopesGranted } from '../../../src/verify/authority/scope.ts'
import { NOW } from '../../support/clock.ts'
import { outcome } from '../../support/outcome.ts'
import { aToken, aVerifiedToken } from '../../support/token.ts'

const check = (scope: unknown, ...wanted: readonly string[]) =>
  outcome(scopesGranted(wanted)(aVerifiedToken(aToken({ claims: { scope } })), NOW))

describe('scopesGranted (RFC 6750 §3.1)', () => {
  it('wants all of them, in any order, among any others', () => {
    expect(check('c b a', 'a', 'b')).toBe('accepted')
    expect(check('', ...[])).toBe('accepted')
  })

  it.each([['a'], ['a bb'], ['A b'], ['a:b'], [''], [undefined], [['a', 'b']]])(
    'refuses %j where a and b are wanted',
    (scope) => {
      expect(check(scope, 'a', 'b')).toBe('SCOPE_INSUFFICIENT')
    },
  )
})
