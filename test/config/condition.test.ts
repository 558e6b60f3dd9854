import { describe, expect, it } from 'vitest'
import { compileCondition, isMistake } from '../../src/config/condition.ts'
import { conditionHolds } from '../../src/verify/authority/condition.ts'
import type { AuthoritySubject } from '../../src/verify/authority/rule.ts'
import type { Members } from '../support/jws.ts'
import { aSubject, judged } from '../support/subject.ts'
import { changed, reportOf } from './sample.ts'

function judge(text: string, claims: Members = {}, parameters: Readonly<Record<string, string>> = {}) {
  return judgedBy(text, aSubject({ claims, parameters }))
}

function judgedBy(text: string, subject: AuthoritySubject) {
  const compiled = compileCondition(text)
  if (isMistake(compiled)) throw new Error(compiled.says)
  return judged(conditionHolds(compiled, 'condition[0]'), subject)
}

/** At 2026-01-01 or whatever moment the tests live at, of a token of `tpp-1` for `customer-7`. */
describe('a condition', () => {
  it.each<[string, Members]>([
    ['token.client_id == "tpp-1" && token.grant == "user"', {}],
    ['token.subject.startsWith("customer-")', {}],
    ['"payments" in token.scopes', {}],
    ['token.scopes.exists(s, s.startsWith("acc"))', {}],
    ['token.claims.tenant == "north"', { tenant: 'north' }],
    ['token.claims.level >= 3', { level: 3 }],
    ['token.claims.realm.roles.exists(r, r in ["a", "b"])', { realm: { roles: ['x', 'b'] } }],
    ['has(token.claims.tenant) ? token.claims.tenant == "x" : true', {}],
    ['!has(sender.x5t) && size(sender.jkt) == 43', {}],
    ['request.method == "GET" && request.host == "api.bank.example" && request.path == "/accounts"', {}],
    ['request.parameters.id == token.claims.account', { account: 'a-1' }],
    ['now > timestamp("2020-01-01T00:00:00Z") && now < timestamp("2100-01-01T00:00:00Z")', {}],
    ['timestamp(token.claims.exp) > now || int(token.claims.exp) > 0', {}],
    ['token.claims.mail.lowerAscii() == "me@bank.example"', { mail: 'Me@BANK.example' }],
    ['token.claims.city.upperAscii() == "KöLN ſß"', { city: 'köln ſß' }],
    ['int(token.claims.limit) == -12 && int(2.9) == 2', { limit: '-12' }],
  ])('%s holds for %j', (text, claims) => {
    expect(judge(text, claims, { id: 'a-1' })).toBe('accepted')
  })

  it.each<[string, Members]>([
    ['token.client_id == "other"', {}],
    ['token.claims.tenant == "north"', { tenant: 'North' }],
    ['token.claims.tenant == "1"', { tenant: 1 }],
    ['token.claims.flag == true', { flag: 'true' }],
    ['"admin" in token.claims.roles', { roles: ['user'] }],
    ['token.claims.tenant.lowerAscii() == "bank"', { tenant: 'BAN\u212a' }],
    ['token.claims.tenant.upperAscii() == "SI"', { tenant: '\u017f\u0131' }],
  ])('%s is not met by %j', (text, claims) => {
    expect(judge(text, claims)).toEqual(['CONDITION_UNMET', 'false'])
  })

  it.each<[string, Members]>([
    ['token.claims.tenant == "north"', {}],
    ['token.claims.tenant != "north"', {}],
    ['token.claims.level > 3', { level: 'high' }],
    ['token.claims.flag || false', { flag: 'true' }],
    ['token.claims.flag ? true : false', { flag: 1 }],
    ['"a" in token.claims.roles', { roles: 7 }],
    ['token.claims.constructor.name != ""', {}],
    ['token.claims.toString != null', {}],
    ['request.parameters.id != "x"', {}],
    ['sender.x5t != "x"', {}],
    ['1 / int(token.claims.zero) > 0', { zero: 0 }],
    ...['', '0b1', '0X1', '+1', ' 1', '1.0', '9223372036854775808', 1e30, Number.NaN].map(
      (limit): [string, Members] => ['int(token.claims.limit) < 1000', { limit }],
    ),
    ['token.claims.roles.exists(r, r == "a")', { roles: Array(257).fill('b') }],
    ['true', { roles: [Array(257).fill('b')] }],
  ])('%s fails, and so refuses, for %j', (text, claims) => {
    expect(judge(text, claims)).toMatchObject(['CONDITION_FAILED', {}])
  })

  it('does not reach what JavaScript has beneath', () => {
    const texts = [
      'token.constructor',
      'token.scopes.constructor',
      'request.__proto__',
      'token.client_id.length',
      'globalThis',
      'process',
    ]
    for (const text of texts) expect(isMistake(compileCondition(`${text} != null`)), text).toBe(true)
    const claims = JSON.parse('{"__proto__":{"admin":true}}')
    expect(judge('token.claims.admin == true', { ...claims }) === 'accepted').toBe(false)
  })

  it('says nothing of a subject that the token does not name', () => {
    const subject = aSubject()
    const nobody = { ...subject, token: Object.assign(Object.create(subject.token), { subject: null }) }
    expect(judgedBy('token.subject != "customer-7"', nobody)).toMatchObject(['CONDITION_FAILED', {}])
    expect(judgedBy('!has(token.subject)', nobody)).toBe('accepted')
  })
})

describe('a mistake', () => {
  it.each<[string, RegExp, number, number]>([
    [
      'token.client == "a"',
      /No such key: client; it has issuer, subject, client_id, grant, scopes, claims$/,
      1,
      7,
    ],
    ['request["headers"] == 1', /No such key: headers; it has method, host, path, parameters$/, 1, 1],
    ['true\n  && token.client_id == 7', /no such overload: string == int/, 2, 6],
    ['1 +', /Unexpected token/, 1, 4],
    ['', /Unexpected|EOF/, 1, 1],
    ['nothing', /Unknown variable: nothing; there are token, sender, request, now$/, 1, 1],
    ['token.client_id', /it is string, not bool/, 1, 1],
    ['token.claims.flag', /it is dyn, not bool/, 1, 1],
    ['request.fields == token.claims.x', /No such key: fields/, 1, 9],
    ['now > 3', /no such overload/, 1, 1],
    ['"aaa".matches("(a+)+$")', /matches\(\) is not available here/, 1, 1],
    ['cel.bind(x, "a", x == "a")', /bind\(\) is not available here/, 1, 1],
    ['uint(1) == uint(1)', /uint\(\) is not available here/, 1, 1],
    ['token.issuer.lowerAscii(1) == ""', /overload for 'string\.lowerAscii\(int\)'/, 1, 1],
    ['size("a b".split("")) > 1', /split\(\) is not available here/, 1, 6],
    ['b"{}".json() == {}', /json\(\) is not available here/, 1, 1],
    ['token.scopes.all(a, token.scopes.all(b, a == b))', /all\(\) inside another loop/, 1, 21],
    [Array(150).fill('true').join(' && '), /./, 1, 1],
    [`${'('.repeat(60)}true${')'.repeat(60)}`, /./, 1, 1],
  ])('in %j is found before any request comes', (text, says, line, column) => {
    const found = compileCondition(text)
    expect(isMistake(found)).toBe(true)
    if (!isMistake(found)) return
    expect(found.says).toMatch(says)
    if (says.source !== '.') expect([found.line, found.column]).toEqual([line, column])
  })

  it('is a problem of the configuration, with its place', () => {
    const withCondition = changed('    require:\n', '    require:\n      condition: token.client == 7\n')
    expect(reportOf(withCondition)).toMatch(
      /^gateway\.yaml:\d+:\d+ routes\[0\]\.require\.condition: expected a condition in CEL that is true or false, found a mistake in its line 1, column 7: No such key: client; it has issuer, subject, client_id, grant, scopes, claims$/,
    )
  })
})

describe('the dearest condition', () => {
  it('is judged in bounded time', () => {
    const list = Array.from({ length: 256 }, (_, at) => `role-${at}`)
    const body = Array(30).fill('r in token.claims.others').join(' || ')
    // CPU time, since the machine may be busy with something else.
    const began = process.threadCpuUsage()
    expect(
      judge(`token.claims.roles.exists(r, ${body})`, { roles: list, others: list.map((each) => `${each}x`) }),
    ).toEqual(['CONDITION_UNMET', 'false'])
    expect(process.threadCpuUsage(began).user).toBeLessThan(2_000_000)
  })
})
