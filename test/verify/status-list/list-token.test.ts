import { describe, expect, it } from 'vitest'
import { Need } from '../../../src/domain/need.ts'
import { type StatusListTrust, verifyStatusListToken } from '../../../src/verify/status-list/list-token.ts'
import { NOW } from '../../support/clock.ts'
import { altered, type Members } from '../../support/jws.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { aStatusListToken, LIST_URI, packed } from '../../support/status-list.ts'
import { FAPI, ISSUER, type JwtChanges, keySource } from '../../support/token.ts'

const KEYS = verificationKeys(aKey('ES256', 'issuer'))
const TRUST: StatusListTrust = {
  issuers: new Set([ISSUER]),
  algorithms: FAPI,
  clockSkew: 10,
  keys: keySource(KEYS, 'absent'),
}

function verify(changes: JwtChanges = {}, trust: Partial<StatusListTrust> = {}) {
  return verifyStatusListToken(aStatusListToken(changes), LIST_URI, { ...TRUST, ...trust }, NOW)
}

describe('verifyStatusListToken', () => {
  it('gives the list and how long it may be used', () => {
    expect(verify()).toEqual({
      bits: 1,
      compressed: Buffer.from(packed([0, 0, 0, 0, 0, 0, 0, 0]), 'base64url'),
      issuedAt: NOW - 10,
      expiresAt: NOW + 3600,
      ttl: 600,
    })
    expect(verify({ claims: { ttl: 1 } })).toMatchObject({ ttl: 1 })
    expect(verify({ claims: { exp: undefined, ttl: undefined } })).toMatchObject({
      expiresAt: null,
      ttl: null,
    })
    expect(verify({ header: { typ: 'application/StatusList+JWT' }, claims: { iss: ISSUER } })).toHaveProperty(
      'bits',
    )
  })

  it.each([1, 2, 4, 8])('takes a list of %i bits for each', (bits) => {
    expect(verify({ claims: { status_list: { bits, lst: packed([0]) } } })).toMatchObject({ bits })
  })

  it('takes an issue within the leeway', () => {
    expect(verify({ claims: { iat: NOW + 10 } })).toMatchObject({ issuedAt: NOW + 10 })
  })

  it.each<[string, Members]>([
    ['statuslist+jwt', { typ: undefined }],
    ['statuslist+jwt', { typ: 'at+jwt' }],
    ['statuslist+jwt', { typ: 'text/statuslist+jwt' }],
    ['statuslist+jwt', { typ: 'statuslist+jwt2' }],
    ['statuslist+jwt', { typ: ['statuslist+jwt'] }],
    ['critical', { crit: ['b64'] }],
    ['critical', { b64: true }],
    ['algorithm', { alg: 'none' }],
    ['algorithm', { alg: 'HS256' }],
    ['algorithm', { alg: 'RS256' }],
    ['algorithm', { alg: undefined }],
    ["not among its issuer's", { kid: 'other' }],
    ["not among its issuer's", { kid: 7 }],
  ])('refuses (%s) the header %j', (says, header) => {
    expect(verify({ header })).toContain(says)
  })

  it.each<[string, Members]>([
    ['sub', { sub: `${LIST_URI}/` }],
    ['sub', { sub: undefined }],
    ['iss', { iss: 'https://other.example' }],
    ['iat', { iat: undefined }],
    ['iat', { iat: NOW + 11 }],
    ['iat', { iat: 'now' }],
    ['exp', { exp: NOW }],
    ['exp', { exp: NOW + 0.9 }],
    ['exp', { exp: '9999999999' }],
    ['ttl', { ttl: 0 }],
    ['ttl', { ttl: 'long' }],
    ['ttl', { ttl: '600' }],
    ['no status_list', { status_list: undefined }],
    ['malformed', { status_list: { bits: 3, lst: 'eNrbuRgAAhcBXQ' } }],
    ['malformed', { status_list: { bits: '1', lst: 'eNrbuRgAAhcBXQ' } }],
    ['malformed', { status_list: { bits: 1, lst: 'eNrb+RgA=' } }],
    ['malformed', { status_list: { bits: 1 } }],
  ])('refuses (%s) the claims %j', (says, claims) => {
    expect(verify({ claims })).toContain(says)
  })

  it('takes the list of any tenant of a template, and of nobody else', () => {
    const trust = { issuers: new Set([`${ISSUER}/a`, `${ISSUER}/b`]) }
    for (const issuer of trust.issuers)
      expect(verify({ claims: { iss: issuer } }, trust)).toMatchObject({ bits: 1 })
    for (const iss of [ISSUER, `${ISSUER}/{tenantid}`, null])
      expect(verify({ claims: { iss } }, trust)).toContain('iss')
  })

  it('asks for no key where the claims say enough', () => {
    expect(verify({ claims: { sub: 'another' } }, { keys: keySource([], 'ask') })).toContain('sub')
  })

  it('refuses a signature that is not its issuer’s, whatever key comes along', () => {
    const thief = aKey('ES256', 'thief')
    const kid = aKey('ES256', 'issuer').kid
    expect(verify({ key: thief, header: { kid, jwk: thief.jwk } })).toContain('signature')
    const broken = altered(aStatusListToken(), (parts) => {
      parts.signature = `${parts.signature.slice(0, -6)}AAAAAA`
    })
    expect(verifyStatusListToken(broken, LIST_URI, TRUST, NOW)).toContain('signature')
    expect(verifyStatusListToken('not a token', LIST_URI, TRUST, NOW)).toContain('JWT')
  })

  it('asks for keys where the one that is named is not known yet', async () => {
    const asked: unknown[] = []
    const ask = async (kid: string | null) => asked.push(kid) > 0
    for (const header of [{}, { kid: undefined }]) {
      const need = verify({ header }, { keys: { ...keySource([], 'ask'), ask } })
      expect(need instanceof Need && (await need.supply())).toBe(true)
    }
    expect(asked).toEqual([aKey('ES256', 'issuer').kid, null])
    expect(verify({}, { keys: keySource([], 'unavailable') })).toContain('unavailable')
  })
})
