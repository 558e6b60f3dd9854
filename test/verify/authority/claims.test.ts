import { describe, expect, it } from 'vitest'
import { type ClaimDemand, claimIs } from '../../../src/verify/authority/claims.ts'
import { parsePointer } from '../../../src/verify/authority/pointer.ts'
import type { Members } from '../../support/jws.ts'
import { aSubject, judged } from '../../support/subject.ts'

const check = (name: string, demand: ClaimDemand, claims: Members) =>
  judged(claimIs(name, parsePointer(name), demand), aSubject({ claims }))
const oneOf = (...values: (string | number | boolean)[]) => ({ oneOf: values })

describe('claimIs (RFC 9068 §4)', () => {
  it.each([
    [oneOf('a'), 'a'],
    [oneOf('a', 'b'), 'b'],
    [oneOf('a'), ['b', 'a']],
    [oneOf(7), 7],
    [oneOf(true), true],
    [{ present: true }, ''],
    [{ present: true }, false],
    [{ present: true }, []],
    [{ present: false }, undefined],
    [{ present: false }, null],
  ])('%j is met by %j', (demand, value) => {
    expect(check('tenant', demand, { tenant: value })).toBe('accepted')
  })

  it.each([
    [oneOf('a'), undefined, 'is absent'],
    [oneOf('a'), null, 'is absent'],
    [oneOf('a'), 'A', 'is another value'],
    [oneOf('a'), 'a ', 'is another value'],
    [oneOf('a'), { a: 'a' }, 'is of another type'],
    [oneOf('7'), 7, 'is of another type'],
    [oneOf(7), '7', 'is of another type'],
    [oneOf(true), 'true', 'is of another type'],
    [oneOf(true), 1, 'is of another type'],
    [oneOf('a'), [], 'contains none of the values'],
    [oneOf('a'), [['a']], 'contains none of the values'],
    [oneOf(7), ['7'], 'contains none of the values'],
    [{ present: true }, undefined, 'is absent'],
    [{ present: true }, null, 'is absent'],
    [{ present: false }, '', 'is there'],
  ])('%j refuses %j: %s', (demand, value, detail) => {
    expect(check('tenant', demand, { tenant: value })).toEqual(['CLAIM_INSUFFICIENT', `tenant ${detail}`])
  })

  it('finds what is nested by a JSON Pointer, and URLs by their name', () => {
    const claims = {
      realm_access: { roles: ['teller'], 'a/b': 1 },
      'https://bank.example/tenant': 'north',
    }
    expect(check('/realm_access/roles', oneOf('teller'), claims)).toBe('accepted')
    expect(check('/realm_access/roles/0', oneOf('teller'), claims)).toBe('accepted')
    expect(check('/realm_access/a~1b', oneOf(1), claims)).toBe('accepted')
    expect(check('https://bank.example/tenant', oneOf('north'), claims)).toBe('accepted')
    expect(check('/realm_access/none', { present: true }, claims)).toEqual([
      'CLAIM_INSUFFICIENT',
      '/realm_access/none is absent',
    ])
  })

  it.each(['constructor', '__proto__', '/constructor/name', '/realm/length', '/realm/map', 'toString'])(
    'finds nothing under %s that the token does not say',
    (name) => {
      expect(check(name, { present: true }, { realm: ['a'] })).toEqual([
        'CLAIM_INSUFFICIENT',
        `${name} is absent`,
      ])
    },
  )
})
