import { describe, expect, it } from 'vitest'
import { scopeAnyGranted, scopesGranted } from '../../../src/verify/authority/scope.ts'
import { NOW } from '../../support/clock.ts'
import { aSubject, judged } from '../../support/subject.ts'

const all = (scope: unknown, ...wanted: readonly string[]) =>
  judged(scopesGranted(wanted), aSubject({ claims: { scope } }))
const any = (scope: unknown) => judged(scopeAnyGranted(['a', 'b']), aSubject({ claims: { scope } }))

const READS = "and the issuer's dialect reads a text: dialect.scope"

describe('scopesGranted (RFC 6750 §3.1)', () => {
  it('wants all of them, in any order, among any others', () => {
    expect(all('c b a', 'a', 'b')).toBe('accepted')
    expect(all('', ...[])).toBe('accepted')
  })

  it.each([
    ['a', 'missing b'],
    ['a bb', 'missing b'],
    ['A b', 'missing a'],
    ['a:b', 'missing a b'],
    ['', 'missing a b'],
    [undefined, 'missing a b'],
    [['a', 'b'], `scope is a list of texts, ${READS}`],
    [[7, 'b'], `scope is a list of more than texts, ${READS}`],
    [{ a: true }, `scope is an object, ${READS}`],
    [null, `scope is null, ${READS}`],
  ])('refuses %j where a and b are wanted', (scope, detail) => {
    expect(all(scope, 'a', 'b')).toEqual(['SCOPE_INSUFFICIENT', detail])
  })

  it('tells the client all that is wanted', () => {
    const objection = scopesGranted(['a', 'b']).check(aSubject({ claims: { scope: 'a' } }), NOW)
    expect(objection?.challenge).toEqual({ scope: 'a b' })
  })
})

describe('scopeAnyGranted (RFC 6750 §3.1)', () => {
  it.each(['a', 'b', 'c b', 'a b'])('is content with %j where a or b is wanted', (scope) => {
    expect(any(scope)).toBe('accepted')
  })

  it.each(['c', 'A', 'ab', '', undefined])('refuses %j', (scope) => {
    expect(any(scope)).toEqual(['SCOPE_INSUFFICIENT', 'none of a b'])
  })

  it.each([
    [7, 'a number'],
    [['a'], 'a list of texts'],
  ])('refuses %j, and says that it was misread', (scope, type) => {
    expect(any(scope)).toEqual(['SCOPE_INSUFFICIENT', `scope is ${type}, ${READS}`])
  })

  it('tells the client the first, and not to ask for more', () => {
    const objection = scopeAnyGranted(['a', 'b']).check(aSubject({ claims: { scope: 'c' } }), NOW)
    expect(objection?.challenge).toEqual({ scope: 'a' })
  })
})
