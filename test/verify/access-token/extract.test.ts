import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { extractCredentials, schemeOf } from '../../../src/verify/access-token/extract.ts'
import { outcome } from '../../support/outcome.ts'
import { aRequest } from '../../support/request.ts'
import { aVerifiedToken } from '../../support/token.ts'

const extract = (authorization: string | null, query: string | null = null) =>
  extractCredentials(aRequest({ authorization, query }))

describe('extractCredentials', () => {
  it.each([
    ['DPoP a.b.c', 'DPoP', 'a.b.c'],
    ['Bearer a.b.c', 'Bearer', 'a.b.c'],
    ['dpop a', 'DPoP', 'a'],
    ['BEARER   a', 'Bearer', 'a'],
    ['Bearer a-._~+/9==', 'Bearer', 'a-._~+/9=='],
  ])('takes %j', (field, scheme, token) => {
    const hash = createHash('sha256').update(token).digest('base64url')
    expect(extract(field)).toMatchObject({ scheme, token, hash })
  })

  it.each([null, '', 'Basic YTpi', 'Negotiate', 'DPoPx a', 'Bearer\ta', ' Bearer a'])(
    'finds no token in %j',
    (field) => {
      expect(outcome(extract(field))).toBe('TOKEN_ABSENT')
    },
  )

  it.each([
    'Bearer',
    'Bearer ',
    'DPoP a b',
    'DPoP a,b',
    'Bearer a, Bearer b',
    'Bearer "a"',
    'Bearer =',
    'Bearer a=b',
    'Bearer a ',
    'Bearer é',
    'Bearer a\n',
  ])('refuses %j as malformed (RFC 6750 §2.1)', (field) => {
    expect(outcome(extract(field))).toBe('TOKEN_MALFORMED')
  })

  it.each([
    'access_token=a',
    'x=1&access_token=a',
    'access_token',
    'access%5Ftoken=a',
    '%61ccess_token=a',
    'access_token=&b',
  ])('refuses the query %s even beside a good field (FAPI2-SP §5.3.4(2))', (query) => {
    expect(outcome(extract('DPoP a', query))).toBe('TOKEN_IN_QUERY')
    expect(outcome(extract(null, query))).toBe('TOKEN_IN_QUERY')
  })

  it.each(['', 'q=access_token', 'my_access_token=a', 'access_token_type=a', 'Access_Token=a', 'x=%'])(
    'leaves the query %j alone',
    (query) => {
      expect(outcome(extract('DPoP a', query))).toBe('accepted')
    },
  )

  it('tells apart what looks alike', () => {
    const fields = ['DPoP a.b.csig', 'DPoP b.b.csig', 'Bearer a.b.csig', 'DPoP  a.b.csig', 'dpop a.b.csig']
    for (const field of fields) {
      const [scheme, token] = field.split(/ +/) as [string, string]
      const hash = createHash('sha256').update(token).digest('base64url')
      expect(extract(field)).toMatchObject({ scheme: scheme === 'Bearer' ? 'Bearer' : 'DPoP', token, hash })
    }
    expect(outcome(extract('DPoP a.b.csig '))).toBe('TOKEN_MALFORMED')
    expect(outcome(extract('DPoP a.b.csig', 'access_token=a'))).toBe('TOKEN_IN_QUERY')
  })

  it('takes a token that is known for well-formed, and nothing around it', () => {
    const tokens = new Map([['a.b.c', aVerifiedToken()]])
    const take = (field: string) => outcome(extractCredentials(aRequest({ authorization: field }), tokens))
    expect(['DPoP a.b.c', 'DPoP  a.b.c'].map(take)).toEqual(['accepted', 'accepted'])
    for (const field of [
      'DPoP x a.b.c',
      'DPoP a.b.c ',
      'DPoP\ta.b.c',
      'DPoP a.b.c,',
      'DPoP ,a.b.c',
      'DPoP  ',
    ])
      expect(take(field)).toMatch('TOKEN_')
  })
})

describe('schemeOf', () => {
  it('names the scheme that was tried, also where the rest is malformed', () => {
    expect(schemeOf('dPoP a b c')).toBe('DPoP')
    expect(schemeOf('bearer')).toBe('Bearer')
    expect(schemeOf('Basic a')).toBeUndefined()
    expect(schemeOf(null)).toBeUndefined()
  })
})
