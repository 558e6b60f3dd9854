import { describe, expect, it } from 'vitest'
import { checkAuthority } from '../../src/decision/authority.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import { acrIn } from '../../src/verify/authority/authentication.ts'
import { D } from '../../src/verify/authority/denials.ts'
import { grantIs } from '../../src/verify/authority/grant.ts'
import { NOTHING, type Rule } from '../../src/verify/authority/rule.ts'
import { scopeAnyGranted, scopesGranted } from '../../src/verify/authority/scope.ts'
import { NOW } from '../support/clock.ts'
import { outcome } from '../support/outcome.ts'
import { aSubject } from '../support/subject.ts'

/** What the table says of a token with the scopes `accounts payments` and no `acr`. */
function walk(...rules: readonly Rule[]) {
  const evidence = new Evidence()
  const code = outcome(checkAuthority(aSubject(), rules, evidence, NOW))
  const { objected } = evidence
  return { code, rule: objected?.rule.name, ...objected?.objection }
}

describe('the table of authority', () => {
  const calls: string[] = []
  const rule = (name: string, objects: boolean): Rule => ({
    name,
    cite: 'RFC 6750 §3.1',
    check: () => {
      calls.push(name)
      return objects ? { denial: D.CLAIM_INSUFFICIENT, detail: 'no', challenge: NOTHING } : undefined
    },
    checkBody: null,
  })

  it('is asked from top to bottom, and admits where nobody objects', () => {
    expect(walk(rule('a', false), rule('b', false))).toEqual({ code: 'accepted', rule: undefined })
    expect(calls.splice(0)).toEqual(['a', 'b'])
    expect(walk().code).toBe('accepted')
  })

  it('answers with the first objection, and keeps whose it was', () => {
    expect(walk(rule('a', false), rule('b', true), rule('c', true))).toMatchObject({
      code: 'CLAIM_INSUFFICIENT',
      rule: 'b',
      detail: 'no',
    })
  })

  it('tells a client that must authorize anew all the scopes that it lacks (RFC 9470 §3)', () => {
    const acr = acrIn(['gold'], { acr: ['gold'], maxAge: null })
    expect(walk(acr, scopesGranted(['cards', 'accounts']), scopeAnyGranted(['loans', 'x']))).toMatchObject({
      code: 'ACR_INSUFFICIENT',
      challenge: { acr_values: 'gold', scope: 'cards accounts loans' },
    })
    expect(walk(acr, scopesGranted(['accounts'])).challenge).toEqual({ acr_values: 'gold' })
    expect(walk(scopesGranted(['a']), grantIs('client')).challenge).toEqual({ scope: 'a' })
  })
})
