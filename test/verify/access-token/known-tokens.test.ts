import { describe, expect, it } from 'vitest'
import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import { knownTokens } from '../../../src/verify/access-token/known-tokens.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { NOW } from '../../support/clock.ts'
import { verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { AUDIENCE, aToken, aTrust, keySource, presented } from '../../support/token.ts'
import { ISSUING } from './verify-jwt-world.ts'

describe('a token verified before', () => {
  const memo = () => knownTokens(10)

  it('is known again, without another look at its signature', () => {
    const tokens = memo()
    const trust = aTrust()
    const text = aToken()
    const first = verifyAccessToken(presented(text), [trust], tokens, NOW)
    expect(verifyAccessToken(presented(text), [trust], tokens, NOW)).toBe(first)
  })

  it('takes the place of several where it is long', () => {
    const tokens = knownTokens(4)
    const token = verifyAccessToken(presented(aToken()), [aTrust()], new Map(), NOW) as AccessToken
    const set = (...texts: readonly string[]) => texts.forEach((text) => void tokens.set(text, token))
    set('short', 'x'.repeat(1024), 'y'.repeat(1024), 'z'.repeat(1024), 'another')
    expect(tokens.get('short')).toBe(token)
    set('X'.repeat(4096), 'Y'.repeat(4096), 'last')
    expect([tokens.get('short'), tokens.get('last')]).toEqual([undefined, token])
  })

  it('is told from all that end like it', () => {
    const tokens = memo()
    const trust = aTrust()
    const text = aToken()
    const first = verifyAccessToken(presented(text), [trust], tokens, NOW)
    const [header, , signature] = text.split('.')
    const [, payload] = aToken({ claims: { sub: 'mallory' } }).split('.')
    const verify = (other: string) => outcome(verifyAccessToken(presented(other), [trust], tokens, NOW))
    expect(verify(`${header}.${payload}.${signature}`)).toBe('TOKEN_SIGNATURE')
    for (const other of [
      text.slice(1),
      `A${text}`,
      text.toLowerCase(),
      (signature as string).slice(-9),
      '',
      'a',
    ])
      expect(verify(other)).not.toBe('accepted')
    expect(verifyAccessToken(presented(text), [trust], tokens, NOW)).toBe(first)
  })

  it('expires all the same, and begins no sooner', () => {
    const tokens = memo()
    const trust = aTrust()
    const once = presented(aToken())
    expect(outcome(verifyAccessToken(once, [trust], tokens, NOW))).toBe('accepted')
    expect(outcome(verifyAccessToken(once, [trust], tokens, NOW + 270))).toBe('TOKEN_EXPIRED')
    expect(outcome(verifyAccessToken(once, [trust], tokens, NOW - 60))).toBe('TOKEN_NOT_YET')
  })

  it('is judged anew where its issuer is trusted on other terms, or no more', () => {
    const tokens = memo()
    const once = presented(aToken())
    verifyAccessToken(once, [aTrust()], tokens, NOW)
    const elsewhere = aTrust({ audience: new Set(['https://other.example']) })
    expect(outcome(verifyAccessToken(once, [elsewhere], tokens, NOW))).toBe('TOKEN_AUDIENCE')
    expect(outcome(verifyAccessToken(once, [], tokens, NOW))).toBe('TOKEN_ISSUER')
  })

  it('belongs to the same entry of several for one issuer, whatever route it came by first', () => {
    const strict = aTrust({ name: 'strict', audience: new Set(['https://strict.example']), encrypts: true })
    const lax = aTrust({ name: 'lax' })
    const once = presented(aToken({ claims: { aud: [...strict.audience, ...lax.audience] } }))
    const tokens = memo()
    const verdict = (...trusted: IssuerTrust[]) => outcome(verifyAccessToken(once, trusted, tokens, NOW))
    for (let time = 0; time < 2; time++) {
      expect(verdict(strict, lax)).toBe('TOKEN_UNENCRYPTED')
      expect(verdict(lax)).toBe('accepted')
      expect(verdict(lax, strict)).toBe('accepted')
    }
  })

  it('belongs to the entry of its issuer whose audience it names, else to the first', () => {
    const other = aTrust({ name: 'other', audience: new Set(['https://other.example']), encrypts: true })
    const ours = aTrust({ name: 'ours' })
    const nameOf = (aud: unknown) => {
      const once = presented(aToken({ claims: { aud } }))
      const verdict = verifyAccessToken(once, [other, ours], new Map(), NOW)
      return 'trust' in verdict ? verdict.trust.name : outcome(verdict)
    }
    expect(nameOf(AUDIENCE)).toBe('ours')
    expect(nameOf(['https://third.example', AUDIENCE])).toBe('ours')
    for (const aud of ['https://other.example', 'https://third.example', undefined])
      expect(nameOf(aud)).toBe('TOKEN_UNENCRYPTED')
  })

  it('is judged anew where its key was withdrawn', () => {
    const tokens = memo()
    let published = keySource(verificationKeys(ISSUING), 'absent')
    const keys: IssuerTrust['keys'] = {
      ...published,
      candidates: (kid) => published.candidates(kid),
      holds: (key) => published.holds(key),
    }
    const trust = aTrust({ keys })
    const once = presented(aToken())
    expect(outcome(verifyAccessToken(once, [trust], tokens, NOW))).toBe('accepted')
    published = keySource([], 'absent')
    expect(outcome(verifyAccessToken(once, [trust], tokens, NOW))).toBe('TOKEN_KEY_UNKNOWN')
  })

  it('is remembered only if it was accepted', () => {
    const tokens = new Map<string, AccessToken>()
    verifyAccessToken(presented(aToken({ claims: { exp: NOW } })), [aTrust()], tokens, NOW)
    verifyAccessToken(presented(aToken()), [aTrust({ keys: keySource([]) })], tokens, NOW)
    expect(tokens.size).toBe(0)
  })
})
