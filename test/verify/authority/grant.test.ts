import { describe, expect, it } from 'vitest'
import { acceptIntrospection } from '../../../src/verify/access-token/accept-introspection.ts'
import { dialects } from '../../../src/verify/access-token/dialects.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { grantIs } from '../../../src/verify/authority/grant.ts'
import { NOW } from '../../support/clock.ts'
import { aSubject, judged } from '../../support/subject.ts'
import { aTrust, presented } from '../../support/token.ts'

describe('grantIs (RFC 9700 §4.15)', () => {
  const ofUser = aSubject()
  const ofClient = aSubject({ claims: { sub: 'tpp-1' } })

  it('tells users and clients apart', () => {
    expect(judged(grantIs('user'), ofUser)).toBe('accepted')
    expect(judged(grantIs('client'), ofClient)).toBe('accepted')
    expect(judged(grantIs('client'), ofUser)).toEqual(['GRANT_INSUFFICIENT', 'user instead of client'])
    expect(judged(grantIs('user'), ofClient)).toEqual(['GRANT_INSUFFICIENT', 'client instead of user'])
  })

  it('takes a token without a subject for nobody’s', () => {
    const answer = { active: true, client_id: 'tpp-1', aud: 'https://api.bank.example' }
    const token = acceptIntrospection(answer, presented('opaque'), aTrust(), NOW) as AccessToken
    expect(token.subject).toBeNull()
    for (const wanted of ['user', 'client'] as const)
      expect(judged(grantIs(wanted), { ...ofUser, token })).toEqual(['GRANT_INSUFFICIENT', 'no subject'])
  })

  it('asks a client’s token for no subject', () => {
    const answer = { active: true, client_id: 'tpp-1', grant_type: 'client_credentials' }
    const trust = aTrust({ dialect: dialects.authlete })
    const token = acceptIntrospection(answer, presented('opaque'), trust, NOW) as AccessToken
    expect([token.subject, token.grant]).toEqual([null, 'client'])
    expect(judged(grantIs('client'), { ...ofUser, token })).toBe('accepted')
  })
})
