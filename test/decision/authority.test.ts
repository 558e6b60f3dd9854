import { describe, expect, it } from 'vitest'
import { bodyOfAuthority, checkAuthority } from '../../src/decision/authority.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import { isDenial } from '../../src/domain/denial.ts'
import { acrIn } from '../../src/verify/authority/authentication.ts'
import { D } from '../../src/verify/authority/denials.ts'
import { grantIs } from '../../src/verify/authority/grant.ts'
import { objectionOf, type Rule } from '../../src/verify/authority/rule.ts'
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
      return objects ? objectionOf(D.CLAIM_INSUFFICIENT, 'no') : undefined
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

describe('what waits for the body', () => {
  const objects = objectionOf(D.BODY_FIELD_ABSENT, 'no')
  const rule = (name: string, answer?: typeof objects): Rule => ({
    name,
    cite: 'RFC 9396 §9',
    check: () => undefined,
    checkBody: (_, body) => (Object.keys(body).length === 1 ? answer : undefined),
  })
  const JSON_FIELDS = ['Content-Type', 'application/json']

  /** What the rules say of a body, or of its head. */
  function read(text: string | null, fields: readonly string[] = JSON_FIELDS, ...rules: readonly Rule[]) {
    const evidence = new Evidence()
    const subject = aSubject({ facts: { fields, hasBody: text !== null } })
    const table = [grantIs('user'), ...(rules.length === 0 ? [rule('a')] : rules)]
    const [bodyRule, ...others] = bodyOfAuthority(subject, table, evidence)
    expect(others).toEqual([])
    const head = bodyRule?.(subject.facts, subject.token)
    if (head === undefined || isDenial(head)) return [outcome(head), evidence.objected?.part]
    const blocks = [Buffer.from((text as string).slice(0, 3)), Buffer.from((text as string).slice(3))]
    const body = { blocks, length: (text as string).length, digests: new Map(), trailers: [] }
    return [outcome(head.check(body, NOW)), evidence.objected?.part, evidence.objected?.rule.name]
  }

  it('is nothing where no rule does', () => {
    expect(bodyOfAuthority(aSubject(), [grantIs('user')], new Evidence())).toEqual([])
  })

  it('is judged by every rule that does, and the first objection is the answer', () => {
    expect(read('{"a":1}')).toEqual(['accepted', undefined, undefined])
    expect(read('{"a":1}', JSON_FIELDS, rule('a'), rule('b', objects), rule('c', objects))).toEqual([
      'BODY_FIELD_ABSENT',
      'body',
      'b',
    ])
  })

  it('is there', () => {
    expect(read(null)).toEqual(['BODY_FIELD_ABSENT', 'head'])
    expect(read('')).toEqual(['BODY_FIELD_ABSENT', 'body', 'a'])
  })

  it.each(['[1]', 'null', '{"a":1', '{"a":1,"a":2}', 'a'])('is one JSON object, not %s', (text) => {
    expect(read(text)).toEqual(['BODY_JSON', 'body', 'a'])
  })

  it.each([
    ['application/json'],
    ['Application/JSON; charset=UTF-8'],
    ['application/json ;charset="utf-8"'],
    ['application/problem+json'],
    ['application/a+json'],
    ['application/json', 'Content-Encoding', 'Identity'],
    ['application/json', 'X-Other', 'content-encoding', 'X-Another', 'gzip'],
  ])('is announced as JSON by %s %s %s (RFC 8259 §11)', (...values) => {
    expect(read('{}', ['Content-Type', ...values])).toEqual(['accepted', undefined, undefined])
  })

  it.each([
    ['text/json'],
    ['xapplication/json'],
    ['application/jsonp'],
    ['application/json; charset=utf-16'],
    ['application/json; charset=utf-8; x=y'],
    ['application/json; charset="utf-8'],
    ['application/json; charset=utf-8"'],
    ['application/json', 'Content-Encoding', 'gzip'],
    ['application/json', 'content-encoding', 'identity', 'Content-Encoding', 'br'],
  ])('is not announced as JSON by %s %s %s', (...values) => {
    expect(read('{}', ['Content-Type', ...values])).toEqual(['BODY_MEDIA_TYPE', 'head'])
  })

  it('says what it is', () => {
    expect(read('{}', [])).toEqual(['BODY_MEDIA_TYPE', 'head'])
  })
})
