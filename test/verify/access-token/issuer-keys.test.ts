import { describe, expect, it } from 'vitest'
import { Need } from '../../../src/domain/need.ts'
import { fixedKeyRing } from '../../../src/services/key-ring/fixed.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { NOW } from '../../support/clock.ts'
import { altered, base64url, type Members } from '../../support/jws.ts'
import { aKey, type SigningKey, verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aToken, aTrust, keySource, presented, tokenClaims } from '../../support/token.ts'
import { header, ISSUING, verify } from './verify-jwt-world.ts'

describe('the key of an access token', () => {
  const other = aKey('ES256', 'other')

  it('TOKEN_SIGNATURE: altered claims, another key, no signature', () => {
    const raised = base64url({ ...tokenClaims(), scope: 'admin' })
    expect(verify(altered(aToken(), (parts) => (parts.payload = raised)))).toBe('TOKEN_SIGNATURE')
    expect(verify(aToken({ key: other, header: { kid: ISSUING.kid } }))).toBe('TOKEN_SIGNATURE')
    expect(verify(altered(aToken(), (parts) => (parts.signature = '')))).toBe('TOKEN_SIGNATURE')
  })

  it('is never taken from the token (CVE-2018-0114)', () => {
    const embedded = {
      jwk: other.jwk,
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/',
      kid: ISSUING.kid,
    }
    expect(verify(aToken({ key: other, header: embedded }))).toBe('TOKEN_SIGNATURE')
  })

  it('asks for an unknown kid, and answers 503 if nobody can tell', async () => {
    const asked: (string | null)[] = []
    const keys = { ...keySource([]), ask: async (kid: string | null) => asked.push(kid) > 0 }
    const need = verifyAccessToken(presented(aToken()), [aTrust({ keys })], new Map(), NOW)
    expect(outcome(need)).toBe(`NEED keys bank ${ISSUING.kid}`)
    expect(need instanceof Need && need.otherwise.code).toBe('TOKEN_KEYS_UNAVAILABLE')
    expect(need instanceof Need && (await need.supply())).toBe(true)
    const nameless = presented(aToken({ header: { kid: undefined } }))
    const another = verifyAccessToken(nameless, [aTrust({ keys })], new Map(), NOW)
    expect(outcome(another)).toBe('NEED keys bank ')
    expect(another instanceof Need && (await another.supply())).toBe(true)
    expect(asked).toEqual([ISSUING.kid, null])
  })

  it('TOKEN_KEY_UNKNOWN and TOKEN_KEYS_UNAVAILABLE: as the key source says', () => {
    expect(verify(aToken(), aTrust({ keys: keySource([], 'absent') }))).toBe('TOKEN_KEY_UNKNOWN')
    expect(verify(aToken(), aTrust({ keys: keySource([], 'unavailable') }))).toBe('TOKEN_KEYS_UNAVAILABLE')
  })

  it('TOKEN_KEY_UNKNOWN: a kid that no publisher could have chosen is not even asked for', () => {
    expect(header({ kid: 'k'.repeat(1025) })).toBe('TOKEN_KEY_UNKNOWN')
    expect(header({ kid: 7 })).toBe('TOKEN_KEY_UNKNOWN')
    expect(header({ kid: ['a'] })).toBe('TOKEN_KEY_UNKNOWN')
  })

  it('is found without a kid among all that fit', () => {
    const keys = keySource(verificationKeys(aKey('PS256'), other, ISSUING))
    expect(verify(aToken({ header: { kid: undefined } }), aTrust({ keys }))).toBe('accepted')
  })

  it('is looked for at most four times', () => {
    const decoys: SigningKey[] = [1, 2, 3, 4].map((each) => aKey('ES256', `decoy-${each}`))
    const among = (...keys: readonly SigningKey[]) =>
      verify(aToken({ header: { kid: undefined } }), aTrust({ keys: keySource(verificationKeys(...keys)) }))
    expect(among(...decoys.slice(1), ISSUING)).toBe('accepted')
    expect(among(...decoys, ISSUING)).toBe('TOKEN_SIGNATURE')
  })

  it('is found among several of one name by what fits (FAPI2-SP §5.4.3)', () => {
    const same = { kid: ISSUING.kid, use: 'sig' }
    const set = [aKey('PS256'), aKey('Ed25519'), other, ISSUING].map(({ jwk }) => ({ ...jwk, ...same }))
    expect(verify(aToken(), aTrust({ keys: fixedKeyRing({ keys: set }) }))).toBe('accepted')
  })

  it('counts for its own issuer alone, though both are trusted here (RFC 8725 §3.8)', () => {
    const elsewhere = { iss: 'https://other.example' }
    const trusted = [
      aTrust(),
      aTrust({ issuer: elsewhere.iss, keys: keySource(verificationKeys(other), 'absent') }),
    ]
    const judge = (key: SigningKey, claims: Members = {}) =>
      outcome(verifyAccessToken(presented(aToken({ key, claims })), trusted, new Map(), NOW))
    expect([judge(ISSUING), judge(other, elsewhere)]).toEqual(['accepted', 'accepted'])
    expect(judge(ISSUING, elsewhere)).toBe('TOKEN_KEY_UNKNOWN')
    expect(judge({ ...ISSUING, kid: other.kid }, elsewhere)).toBe('TOKEN_SIGNATURE')
  })

  it('verifies only the algorithm that it was published for (RFC 8725 §3.1)', () => {
    const rsa = aKey('PS256', 'issuer')
    const keys = keySource(verificationKeys({ ...rsa, alg: 'RS256' }), 'absent')
    const trust = aTrust({ keys, algorithms: allow(['PS256', 'RS256']) })
    expect(verify(aToken({ key: rsa }), trust)).toBe('TOKEN_KEY_UNKNOWN')
  })
})
