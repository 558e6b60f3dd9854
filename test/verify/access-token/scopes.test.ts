import { describe, expect, it } from 'vitest'
import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aToken, aTrust, presented } from '../../support/token.ts'
import { verify } from './verify-jwt-world.ts'

describe('the scopes of tokens', () => {
  const listed = { ...aTrust().dialect, scope: [{ claim: 'scope', shape: 'list' }] } as const
  const scopesOf = (trust: IssuerTrust, scope: unknown) =>
    (verifyAccessToken(presented(aToken({ claims: { scope } })), [trust], new Map(), NOW) as AccessToken)
      .scopes

  it('are one set for all that have the same', () => {
    const trust = aTrust()
    expect(scopesOf(trust, 'a b')).toBe(scopesOf(trust, 'a b'))
    expect(scopesOf(trust, 'b a')).toEqual(new Set(['a', 'b']))
    expect(scopesOf(aTrust(), 'a b')).not.toBe(scopesOf(trust, 'a b'))
  })

  it('are told apart where they only look alike', () => {
    const trust = aTrust({ dialect: listed })
    expect(scopesOf(trust, ['a', 'b'])).toEqual(new Set(['a', 'b']))
    expect(scopesOf(trust, ['a b'])).toEqual(new Set(['a b']))
    expect(scopesOf(trust, ['a","b'])).toEqual(new Set(['a","b']))
  })

  it('are remembered of accepted tokens alone, and not where they are long', () => {
    const scopeSets = new Map()
    const trust = aTrust({ scopeSets })
    const [header, payload] = aToken({ claims: { scope: 'forged' } }).split('.')
    const [, , signature] = aToken().split('.')
    expect(verify(`${header}.${payload}.${signature}`, trust)).toBe('TOKEN_SIGNATURE')
    expect(verify(aToken({ claims: { scope: 'x'.repeat(2_000) } }), trust)).toBe('accepted')
    expect(scopeSets.size).toBe(0)
  })

  it('are not misread where there are some, whatever stands in another place of the dialect', () => {
    const trust = aTrust({
      dialect: { ...listed, scope: [...listed.scope, { claim: 'scp', shape: 'text' }] },
    })
    const misreadOf = (claims: Members) => {
      const token = verifyAccessToken(presented(aToken({ claims })), [trust], new Map(), NOW) as AccessToken
      return token.misreadScope
    }
    expect(misreadOf({ scope: 'a', scp: 'b' })).toBeUndefined()
    expect(misreadOf({ scope: 'a', scp: 7 })).toMatch(/^scope is a text/)
  })
})
