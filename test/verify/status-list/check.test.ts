import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Need } from '../../../src/domain/need.ts'
import type { StatusList } from '../../../src/domain/ports.ts'
import { checkStatus, type StatusRules } from '../../../src/verify/status-list/check.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { outcome } from '../../support/outcome.ts'
import { LIST_URI, packed, statusClaim } from '../../support/status-list.ts'

const octets = inflateSync(Buffer.from(packed([0, 1, 2, 3], 2), 'base64url'))
const LIST: StatusList = { bits: 2, octets, issuedAt: NOW - 60 }

function check(
  claims: Members,
  held: StatusList | 'ask' | 'unavailable' = LIST,
  changes: Partial<StatusRules> = {},
) {
  const lists = { held: () => held, ask: async () => {} }
  const origins = new Set(['https://as.bank.example'])
  const rules = { required: false, origins, allowsUnavailable: false, lists, ...changes }
  return outcome(checkStatus({ iat: NOW - 90, ...claims }, rules, NOW))
}

describe('checkStatus', () => {
  it('lets valid pass and nothing else', () => {
    expect([0, 1, 2, 3].map((idx) => check(statusClaim(idx)))).toEqual([
      'accepted',
      'TOKEN_STATUS_INVALID',
      'TOKEN_STATUS_INVALID',
      'TOKEN_STATUS_INVALID',
    ])
  })

  it('lets a token without a status pass unless one is required', () => {
    expect(check({})).toBe('accepted')
    expect(check({}, LIST, { required: true })).toBe('TOKEN_STATUS_ABSENT')
  })

  it('refuses a status that it cannot read rather than passing it over', () => {
    expect(check({ status: 'active' })).toBe('TOKEN_STATUS_MALFORMED')
    expect(check({ status: {} })).toBe('TOKEN_STATUS_MALFORMED')
    expect(check(statusClaim(-1))).toBe('TOKEN_STATUS_MALFORMED')
  })

  it('asks no origin that is not listed, also where lists may be unavailable', () => {
    const foreign = statusClaim(0, 'https://evil.example/1')
    expect(check(foreign, 'ask')).toBe('TOKEN_STATUS_ORIGIN')
    expect(check(foreign, 'ask', { allowsUnavailable: true })).toBe('TOKEN_STATUS_ORIGIN')
  })

  it('needs the list where it is not held, and refuses or allows where it cannot be had', () => {
    expect(check(statusClaim(0), 'ask')).toBe(`NEED status status ${LIST_URI}`)
    expect(check(statusClaim(0), 'unavailable')).toBe('TOKEN_STATUS_UNAVAILABLE')
    expect(check(statusClaim(0), 'unavailable', { allowsUnavailable: true })).toBe('accepted')
  })

  it('asks for the list that the token names, and looks again whatever came of it', async () => {
    const asked: string[] = []
    const lists: StatusRules['lists'] = { held: () => 'ask', ask: async (uri) => void asked.push(uri) }
    const origins = new Set(['https://as.bank.example'])
    const rules = { required: false, origins, allowsUnavailable: false, lists }
    const need = checkStatus(statusClaim(0), rules, NOW)
    expect(need instanceof Need && need.otherwise.code).toBe('TOKEN_STATUS_UNAVAILABLE')
    expect(need instanceof Need && (await need.supply())).toBe(true)
    expect(asked).toEqual([LIST_URI])
  })

  it('refuses an index past the end, but first looks whether the list has grown since', () => {
    expect(check(statusClaim(4))).toBe('TOKEN_STATUS_MALFORMED')
    expect(check({ ...statusClaim(4), iat: NOW - 30 })).toBe(`NEED status status ${LIST_URI}`)
    expect(check({ ...statusClaim(4), iat: NOW - 60 })).toBe('TOKEN_STATUS_MALFORMED')
  })
})
