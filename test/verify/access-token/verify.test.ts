import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/codec/json.ts'
import { Need } from '../../../src/domain/need.ts'
import type { IntrospectionSource } from '../../../src/domain/ports.ts'
import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import { knownTokens } from '../../../src/verify/access-token/known-tokens.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { type Fetched, verifyToken } from '../../../src/verify/access-token/verify.ts'
import { NOW } from '../../support/clock.ts'
import { base64url } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aToken, aTrust, presented } from '../../support/token.ts'

const OPAQUE = 'a-reference-that-nobody-can-guess'
const ACTIVE = { active: true, client_id: 'tpp-1', cnf: { jkt: aKey('ES256', 'client').jkt } }
const JWT = aToken()
const JWE = `${base64url({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })}.AA.AA.AA.AA`
const hashOf = (token: string) => presented(token).hash

describe('verifyToken: whose token it is', () => {
  const verifying = aTrust()
  const asked = (changes: Partial<IssuerTrust> = {}) =>
    aTrust({ name: 'asked', introspection: source(undefined), ...changes })
  const elsewhere = { issuer: 'https://elsewhere.example' }
  const opening = { opener: { knows: () => true, opened: () => undefined, open: async () => true } }

  it.each<[string, string, readonly IssuerTrust[], string]>([
    ['a JWT of the issuer that verifies', JWT, [verifying], 'accepted'],
    ['the same beside one to ask', JWT, [asked(elsewhere), verifying], 'accepted'],
    ['the same beside an entry of the same issuer to ask', JWT, [asked(), verifying], 'accepted'],
    ['a JWT of the issuer to ask', JWT, [asked()], `NEED introspection asked ${hashOf(JWT)}`],
    ['a JWT of nobody here', aToken({ claims: elsewhere }), [asked(elsewhere)], 'TOKEN_ISSUER'],
    ['a JWT that names no issuer', aToken({ claims: { iss: undefined } }), [asked()], 'TOKEN_ISSUER'],
    ['no JWT, and one to ask', OPAQUE, [verifying, asked()], `NEED introspection asked ${hashOf(OPAQUE)}`],
    ['no JWT, and nobody to ask', OPAQUE, [verifying], 'TOKEN_NOT_JWT'],
    ['a JWT with a broken signature', `${JWT.slice(0, -4)}AAAA`, [asked(), verifying], 'TOKEN_SIGNATURE'],
    ['21 characters', 'x'.repeat(21), [asked()], 'TOKEN_TOO_SHORT'],
    ['22 characters', 'x'.repeat(22), [asked()], `NEED introspection asked ${hashOf('x'.repeat(22))}`],
    ['an encrypted token that we have a key for', JWE, [asked(opening)], `NEED decryption ${hashOf(JWE)}`],
    ['the same, and no key', JWE, [asked()], `NEED introspection asked ${hashOf(JWE)}`],
    ['21 characters, and nobody to ask', 'x'.repeat(21), [verifying], 'TOKEN_NOT_JWT'],
  ])('%s', (_, token, trusted, expected) => {
    expect(
      outcome(verifyToken(presented(token), trusted, new Map(), { introspection: null }, NOW)).trim(),
    ).toBe(expected)
  })

  it('a JWT that was verified is known, without a look into it', () => {
    const memo = knownTokens(10)
    const verify = () => verifyToken(presented(JWT), [asked(), verifying], memo, { introspection: null }, NOW)
    expect(verify()).toBe(verify())
    const unread = Object.defineProperty(presented(JWT), 'jwt', {
      get: () => {
        throw new Error('it was looked into')
      },
    })
    const again = verifyToken(unread, [asked(), verifying], memo, { introspection: null }, NOW)
    expect(again).toBe(verify())
  })

  it('nor does that one vouch for it where its issuer is to be asked', () => {
    const memo = knownTokens(10)
    const verify = (trust: IssuerTrust) =>
      outcome(verifyToken(presented(JWT), [trust], memo, { introspection: null }, NOW))
    expect(verify(verifying)).toBe('accepted')
    expect(verify(asked())).toBe(`NEED introspection asked ${hashOf(JWT)}`)
  })
})

describe('verifyToken: what the authorization server says', () => {
  const verify = (introspection: IntrospectionSource, fetched: Fetched) =>
    verifyToken(presented(OPAQUE), [aTrust({ introspection })], new Map(), fetched, NOW)

  it('counts while it is remembered', () => {
    expect(outcome(verify(source(ACTIVE), { introspection: null }))).toBe('accepted')
    expect(outcome(verify(source({ active: false }), { introspection: null }))).toBe('TOKEN_INACTIVE')
  })

  it('counts for the request that asked, though nothing is remembered', async () => {
    const fetched = { introspection: null }
    const need = verify(source(undefined, ACTIVE), fetched)
    expect(need).toBeInstanceOf(Need)
    expect((need as Need).otherwise.code).toBe('TOKEN_INTROSPECTION_UNAVAILABLE')
    expect(await (need as Need).supply()).toBe(true)
    expect(outcome(verify(source(undefined), fetched))).toBe('accepted')
    expect(outcome(verify(source(undefined), { introspection: null }))).toMatch(/^NEED/)
  })

  it('that it did not say anything is no reason to ask again', async () => {
    const fetched = { introspection: null }
    expect(await (verify(source(undefined), fetched) as Need).supply()).toBe(false)
    expect(fetched.introspection).toBeNull()
  })

  it('never gets into the memory of verified JWTs', () => {
    const memo = new Map<string, AccessToken>()
    const trust = aTrust({ introspection: source(ACTIVE) })
    verifyToken(presented(OPAQUE), [trust], memo, { introspection: null }, NOW)
    expect(memo.size).toBe(0)
  })
})

function source(remembered: JsonObject | undefined, answer?: JsonObject): IntrospectionSource {
  const said = (members: JsonObject | undefined) =>
    members === undefined ? undefined : { members, signed: null }
  return { recall: () => said(remembered), ask: async () => said(answer) }
}
