import { describe, expect, it } from 'vitest'
import { acrIn, authenticatedWithin } from '../../../src/verify/authority/authentication.ts'
import { NOW } from '../../support/clock.ts'
import { aSubject, judged } from '../../support/subject.ts'

const WHOLE = { acr: ['gold', 'silver'], maxAge: 300 }

describe('acrIn (RFC 9470 §3)', () => {
  const check = (acr: unknown) => judged(acrIn(['gold', 'silver'], WHOLE), aSubject({ claims: { acr } }))

  it.each(['gold', 'silver'])('accepts %s', (acr) => {
    expect(check(acr)).toBe('accepted')
  })

  it.each([
    [undefined, 'acr is absent'],
    ['bronze', 'acr is another'],
    ['gold silver', 'acr is another'],
    ['Gold', 'acr is another'],
    [['gold'], 'acr is no text'],
    [1, 'acr is no text'],
  ])('refuses %j', (acr, detail) => {
    expect(check(acr)).toEqual(['ACR_INSUFFICIENT', detail])
  })
})

describe('authenticatedWithin (RFC 9470 §3)', () => {
  const check = (time: unknown) =>
    judged(authenticatedWithin(300, WHOLE), aSubject({ claims: { auth_time: time } }))

  // The leeway for the clock of the issuer of the tests is ten seconds.
  it.each([NOW, NOW - 300, NOW - 310, NOW + 10])('accepts %d', (time) => {
    expect(check(time)).toBe('accepted')
  })

  it.each([
    [undefined, 'auth_time is absent'],
    [NOW - 311, 'authenticated 311 s ago'],
    [0, `authenticated ${NOW} s ago`],
    [NOW + 11, 'auth_time lies 11 s ahead'],
    [String(NOW), 'auth_time is no number'],
    [null, 'auth_time is no number'],
    [[NOW], 'auth_time is no number'],
  ])('refuses %j', (time, detail) => {
    expect(check(time)).toEqual(['AUTHENTICATION_TOO_OLD', detail])
  })

  it('tells the client all that a new authorization must bring', () => {
    const subject = aSubject()
    const challenge = { acr_values: 'gold silver', max_age: '300' }
    expect(authenticatedWithin(300, WHOLE).check(subject, NOW)?.challenge).toEqual(challenge)
    expect(acrIn(['gold'], WHOLE).check(subject, NOW)?.challenge).toEqual(challenge)
    expect(acrIn(['gold'], { acr: ['gold'], maxAge: null }).check(subject, NOW)?.challenge).toEqual({
      acr_values: 'gold',
    })
  })
})
