import { describe, expect, it } from 'vitest'
import { parseExactJsonObject } from '../../../src/codec/json.ts'
import { type DetailDemand, detailCovers } from '../../../src/verify/authority/details.ts'
import { matchBody, matchPath } from '../../../src/verify/authority/value-match.ts'
import type { Members } from '../../support/jws.ts'
import { aSubject, judged } from '../../support/subject.ts'
import { AUDIENCE } from '../../support/token.ts'

const ACCOUNT: DetailDemand = {
  type: 'account',
  lists: [['actions', ['read', 'list']]],
  matches: [matchPath('accountId', ['accountId'], 'text', 'id')],
}
const PAYMENT: DetailDemand = {
  type: 'payment',
  lists: [],
  matches: [
    matchBody('/amount/value', ['amount', 'value'], 'decimal', '/sum/value', ['sum', 'value']),
    matchBody('/amount/currency', ['amount', 'currency'], 'text', '/sum/currency', ['sum', 'currency']),
    matchBody('creditor', ['creditor'], 'text', 'to', ['to']),
  ],
}

describe('detailCovers (RFC 9396 §9)', () => {
  const good = { type: 'account', actions: ['list', 'read', 'x'], accountId: 'a-1' }
  const check = (details: unknown, id = 'a-1', demand = ACCOUNT) =>
    judged(
      detailCovers(demand, 'authorization_details[0]'),
      aSubject({ claims: { authorization_details: details }, parameters: { id } }),
    )

  it('finds one object that says all of it, among any others', () => {
    expect(check([good])).toBe('accepted')
    expect(check([{ type: 'unknown' }, { ...good, accountId: 'a-2' }, good])).toBe('accepted')
    expect(check([{ ...good, accountId: ['a-0', 'a-1'] }])).toBe('accepted')
  })

  it.each<[unknown, string]>([
    [undefined, 'the token has none'],
    [null, 'they are no list of objects with a type'],
    [good, 'they are no list of objects with a type'],
    [JSON.stringify([good]), 'they are no list of objects with a type'],
    [[good, null], 'they are no list of objects with a type'],
    [[good, 'x'], 'they are no list of objects with a type'],
    [[good, { actions: ['read'] }], 'they are no list of objects with a type'],
    [[good, { ...good, type: 7 }], 'they are no list of objects with a type'],
    [[], 'none is of type account'],
    [[{ ...good, type: 'Account' }], 'none is of type account'],
    [[{ ...good, actions: ['read'] }], 'actions lacks list'],
    [[{ ...good, actions: undefined }], 'actions is absent'],
    [[{ ...good, actions: 'read list' }], 'actions is no list of texts'],
    [[{ ...good, actions: ['read', 'list', 1] }], 'actions is no list of texts'],
    [[{ ...good, accountId: 'a-2' }], 'accountId is another value beside {id}'],
    [[{ ...good, accountId: 'A-1' }], 'accountId is another value beside {id}'],
    [[{ ...good, accountId: undefined }], 'accountId is absent beside {id}'],
    [[{ ...good, accountId: 1 }], 'accountId is of another type beside {id}'],
    [[{ ...good, accountId: [['a-1']] }], 'accountId is of another type beside {id}'],
    [[{ ...good, accountId: [] }], 'accountId is another value beside {id}'],
  ])('refuses %j: %s', (details, detail) => {
    expect(check(details)).toEqual(['AUTHORIZATION_DETAILS_INSUFFICIENT', detail])
  })

  it('never puts two objects together', () => {
    expect(
      check([
        { ...good, accountId: 'a-2' },
        { ...good, actions: ['read'] },
      ]),
    ).toEqual([
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'accountId is another value beside {id}; actions lacks list',
    ])
  })

  it('a value that the path does not have matches nothing', () => {
    const subject = aSubject({ claims: { authorization_details: [good] } })
    expect(judged(detailCovers(ACCOUNT, 'x'), subject)).toEqual([
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'accountId is of another type beside {id}',
    ])
  })

  it.each<[unknown, boolean]>([
    [undefined, true],
    [['https://api.bank.example'], true],
    [['https://api.bank.example/accounts'], true],
    [['https://api.bank.example/'], true],
    [['https://other.example', 'https://api.bank.example/accounts'], true],
    [['https://api.bank.example/acc'], false],
    [['https://api.bank.example/accounts/1'], false],
    [['https://other.example'], false],
    [[''], false],
    [['https:/'], false],
    [['https://'], false],
    [[], false],
    ['https://api.bank.example', false],
    [[7], false],
  ])('a detail for the locations %j covers us: %s', (locations, covers) => {
    const details = [{ ...good, locations }]
    expect(check(details) === 'accepted').toBe(covers)
  })

  it('a detail for other locations grants nothing either where no list is asked for', () => {
    const demand: DetailDemand = { ...ACCOUNT, lists: [] }
    expect(check([good], 'a-1', demand)).toBe('accepted')
    expect(check([{ ...good, locations: ['https://other.example'] }], 'a-1', demand)).toEqual([
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'locations names other places',
    ])
  })

  it('locations name us by our audience, whatever it is, and never by what the path quotes', () => {
    const subject = (locations: readonly string[]) => {
      const made = aSubject({
        claims: { authorization_details: [{ ...good, locations }] },
        facts: { targetUri: 'https://api.bank.example/https://other.example/x' },
        parameters: { id: 'a-1' },
      })
      return made
    }
    const rule = detailCovers(ACCOUNT, 'x')
    expect(judged(rule, subject(['https://other.example']))).toEqual([
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'locations names other places',
    ])
    const elsewhere = subject([AUDIENCE])
    const facts = { ...elsewhere.facts, targetUri: 'https://alias.bank.example/accounts' }
    expect(judged(rule, { ...elsewhere, facts })).toBe('accepted')
  })

  it('what is demanded of locations is in their place', () => {
    const demand: DetailDemand = { ...ACCOUNT, lists: [['locations', ['urn:branch:7']]] }
    expect(check([{ ...good, locations: ['urn:branch:7'] }], 'a-1', demand)).toBe('accepted')
    const both: DetailDemand = { ...demand, lists: [...ACCOUNT.lists, ...demand.lists] }
    expect(check([{ ...good, locations: ['urn:branch:7'] }], 'a-1', both)).toBe('accepted')
    expect(check([{ ...good, locations: ['https://api.bank.example'] }], 'a-1', demand)).toEqual([
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'locations lacks urn:branch:7',
    ])
  })
})

describe('the body beside the details', () => {
  const good = { type: 'payment', amount: { value: '120.50', currency: 'EUR' }, creditor: 'DE02' }
  const sent = { sum: { value: '120.50', currency: 'EUR' }, to: 'DE02' }

  function check(body: string | Members, ...details: readonly Members[]) {
    const rule = detailCovers(PAYMENT, 'authorization_details[0]')
    const subject = aSubject({ claims: { authorization_details: details.length === 0 ? [good] : details } })
    expect(judged(rule, subject)).toBe('accepted')
    const read = parseExactJsonObject(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
    const objection = rule.checkBody?.(subject, read as Members)
    return objection === undefined ? 'accepted' : [objection.denial.code, objection.detail]
  }
  const amount = (value: unknown) => ({ ...good, amount: { value, currency: 'EUR' } })
  const summed = (value: string) => `{"sum":{"value":${value},"currency":"EUR"},"to":"DE02"}`

  it('is only asked for where a rule needs it', () => {
    expect(detailCovers(ACCOUNT, 'x').checkBody).toBeNull()
  })

  it.each([
    '"120.50"',
    '"120.5"',
    '"1205e-1"',
    '"1.2050E+2"',
    '120.5',
    '120.50',
    '1205E-1',
    '120.5000000000000000000000',
  ])('passes the amount %s for 120.50', (value) => {
    expect(check(summed(value))).toBe('accepted')
  })

  it.each([
    '"120.51"',
    '"120.500000000000000000000000000001"',
    '120.500000000000000000000000000001',
    '"-120.50"',
    '"120.50e1"',
    '120.50e1',
    '"12050"',
  ])('refuses the amount %s for 120.50', (value) => {
    expect(check(summed(value))).toEqual([
      'AUTHORIZATION_DETAILS_BODY',
      '/amount/value is another value beside /sum/value',
    ])
  })

  it.each([
    '"120,50"',
    '"+120.50"',
    '"0120.50"',
    '" 120.50"',
    '"0x78"',
    '""',
    '"1e99999"',
    'true',
    'null',
    '{}',
    '["120.50"]',
  ])('refuses %s for an amount', (value) => {
    expect(check(summed(value))).toEqual(['BODY_FIELD_TYPE', '/sum/value'])
  })

  it('compares more digits than a double has, on both sides', () => {
    const many = '12345678901234567890.1234567890123456789'
    expect(check(summed(`"${many}"`), amount(many))).toBe('accepted')
    expect(check(summed(many), amount(`${many}000`))).toBe('accepted')
    expect(check(summed(`${many}1`), amount(many))).toMatchObject(['AUTHORIZATION_DETAILS_BODY', {}])
    expect(check(summed('9007199254740993'), amount('9007199254740992'))).toMatchObject([
      'AUTHORIZATION_DETAILS_BODY',
      {},
    ])
  })

  it('takes a number of the token for exact as far as a double is', () => {
    expect(check(summed('"120.50"'), amount(120.5))).toBe('accepted')
    expect(check(summed('"123456789012345"'), amount(123456789012345))).toBe('accepted')
    expect(check(summed('"0.000123456789012345"'), amount(0.000123456789012345))).toBe('accepted')
    expect(check(summed('"123456789012345e-25"'), amount(1.23456789012345e-11))).toBe('accepted')
    expect(check(summed('"9007199254740993"'), amount(9007199254740992))).toEqual([
      'AUTHORIZATION_DETAILS_BODY',
      '/amount/value is of another type beside /sum/value',
    ])
    expect(check(summed('"1e21"'), amount(1e21))).toBe('accepted')
  })

  it.each<[Members, string, string]>([
    [
      { ...sent, sum: { value: '120.50', currency: 'USD' } },
      'AUTHORIZATION_DETAILS_BODY',
      '/amount/currency is another value beside /sum/currency',
    ],
    [
      { ...sent, sum: { value: '120.50', currency: 'eur' } },
      'AUTHORIZATION_DETAILS_BODY',
      '/amount/currency is another value beside /sum/currency',
    ],
    [{ ...sent, sum: { value: '120.50', currency: 978 } }, 'BODY_FIELD_TYPE', '/sum/currency'],
    [{ ...sent, sum: { value: '120.50' } }, 'BODY_FIELD_ABSENT', '/sum/currency'],
    [{ ...sent, sum: '120.50 EUR' }, 'BODY_FIELD_ABSENT', '/sum/value'],
    [{ ...sent, sum: null }, 'BODY_FIELD_ABSENT', '/sum/value'],
    [{ sum: sent.sum }, 'BODY_FIELD_ABSENT', 'to'],
    [{ ...sent, to: ['DE02'] }, 'BODY_FIELD_TYPE', 'to'],
    [{ ...sent, to: null }, 'BODY_FIELD_TYPE', 'to'],
    [{ ...sent, to: 'DE02 ' }, 'AUTHORIZATION_DETAILS_BODY', 'creditor is another value beside to'],
    [{ ...sent, To: 'DE99' }, 'BODY_JSON', 'to stands there twice'],
    [{ ...sent, sum: { ...sent.sum, CURRENCY: 'USD' } }, 'BODY_JSON', '/sum/currency stands there twice'],
    [{ ...sent, ſum: 1 }, 'BODY_JSON', '/sum/value stands there twice'],
  ])('refuses %j: %s, %s', (body, code, detail) => {
    expect(check(body)).toEqual([code, detail])
  })

  it('sees the second of two names in a list as well', () => {
    const match = matchBody('creditor', ['creditor'], 'text', '/to/0/iban', ['to', '0', 'iban'])
    expect(match.read({ to: [{ iban: 'DE02' }] })).toBe('DE02')
    for (const twin of ['IBAN', 'ıban', 'İBAN'])
      expect(match.read({ to: [{ iban: 'DE02', [twin]: 'DE99' }] })).toBe('twice')
  })

  it('the detail must be one that covers the path as well', () => {
    const demand = { ...PAYMENT, matches: [...ACCOUNT.matches, ...PAYMENT.matches] }
    const rule = detailCovers(demand, 'x')
    const judge = (id: string) => {
      const claims = { authorization_details: [{ ...good, accountId: 'a-1' }] }
      const objection = rule.checkBody?.(aSubject({ claims, parameters: { id } }), sent)
      return objection === undefined ? 'accepted' : [objection.denial.code, objection.detail]
    }
    expect(rule.checkBody).not.toBeNull()
    expect(judge('a-1')).toBe('accepted')
    expect(judge('a-2')).toEqual([
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'accountId is another value beside {id}',
    ])
  })

  it('one detail must cover all of the body', () => {
    expect(check(sent, { ...good, creditor: 'DE99' }, good)).toBe('accepted')
    const other = { ...good, amount: { value: '1', currency: 'EUR' } }
    expect(check(sent, { ...good, creditor: 'DE99' }, other)).toEqual([
      'AUTHORIZATION_DETAILS_BODY',
      'creditor is another value beside to; /amount/value is another value beside /sum/value',
    ])
  })
})
