import { describe, expect, it } from 'vitest'
import { Evidence } from '../../../src/decision/evidence.ts'
import type { Judged } from '../../../src/decision/explain/explain.ts'
import { compareRevocation, compareToken } from '../../../src/decision/explain/token.ts'
import type { TokenOpener } from '../../../src/domain/ports.ts'
import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'
import { aRequest } from '../../support/request.ts'
import { aRoute, demands } from '../../support/route.ts'
import { aToken, aTrust, aVerifiedToken, keySource, presented } from '../../support/token.ts'

function judged(token: string, issuers: readonly IssuerTrust[] = [aTrust()]): Judged {
  const evidence = new Evidence()
  evidence.presented = presented(token)
  evidence.route = aRoute({ demands: demands({ issuers }) })
  return { facts: aRequest(), evidence, body: null, refused: null, now: NOW }
}

/** What came, and what was wanted. */
function told(what: string, token: string, ...issuers: IssuerTrust[]) {
  const found = [...compareToken(judged(token, issuers.length === 0 ? [aTrust()] : issuers))].find(
    (each) => each.what === what,
  )
  return [found?.came, found?.wanted]
}

const claiming = (claims: Members) => aToken({ claims })
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const JWE = `${encoded({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })}.AAAA.AAAA.AAAA.AAAA`
const OPAQUE = 'an-opaque-token-that-is-long-enough'
const another = (changes: Partial<IssuerTrust> = {}) =>
  aTrust({ name: 'other', issuer: 'https://other.example', ...changes })

/** An issuer that is asked about its tokens, and what it has said of this one. */
function asked(members?: object): IssuerTrust {
  const source = { recall: () => members && { members }, ask: async () => undefined }
  return aTrust({ introspection: source as unknown as IssuerTrust['introspection'] })
}

describe('of a token is told', () => {
  it('what it is', () => {
    expect([aToken(), JWE, OPAQUE].map((token) => told('form', token)[0])).toEqual([
      'a signed JWT',
      'an encrypted JWT',
      'no JWT',
    ])
    expect([aToken(), JWE].map((token) => told('encrypted by its issuer', token)[0])).toEqual(['no', 'yes'])
    expect(['typ', 'alg', 'iss'].map((what) => told(what, JWE)[0])).toEqual(
      Array(3).fill('encrypted, not shown'),
    )
  })

  it('whether it may be encrypted, and has to be', () => {
    const opener = {} as TokenOpener
    expect(told('encryption', aToken())).toEqual(['none', 'none'])
    expect(told('encryption', JWE, aTrust(), another({ opener }))).toEqual([
      'encrypted',
      'for a key of ours, or none',
    ])
    const wanted = (encrypts: boolean) =>
      told('encrypted by its issuer', JWE, aTrust({ opener, encrypts }))[1]
    expect([wanted(false), wanted(true)]).toEqual(['yes or no', 'yes'])
  })

  it('what the issuer has that it names; of none that is trusted, what all have', () => {
    const issuers = [aTrust({ audience: new Set(['a']) }), another({ audience: new Set(['b', 'a']) })]
    expect(told('aud', aToken(), ...issuers)[1]).toBe('a')
    expect(told('aud', claiming({ iss: 'https://evil.example' }), ...issuers)[1]).toBe('a b')
  })

  it('which of its claims are there, and of a wrong type', () => {
    expect(told('claims', claiming({ aud: ['a'] }))[0]).toBe('iss sub aud exp iat jti client_id')
    expect(told('claims', OPAQUE)[0]).toBe('none that is looked for')
  })

  it('when it begins, and how long it lives', () => {
    expect(told('nbf, iat', aToken())).toEqual([`absent, ${NOW - 30} (30 s ago)`, 'at most 10 s ahead'])
    expect(told('exp - iat', aToken())).toEqual([300, 'any'])
    const bounded = aTrust({ maxLifetime: 60 })
    expect(told('exp - iat', claiming({ iat: undefined, nbf: NOW }), bounded)).toEqual([270, 'at most 60 s'])
    expect(told('exp - iat', claiming({ iat: undefined }), bounded)[0]).toBe('cannot be told')
  })

  it('which keys there are', () => {
    const keyed = (count: number) => {
      const keys = Array.from({ length: count }, (_, at) => ({
        ...verificationKeys(aKey('ES256', 'issuer'))[0]!,
        kid: `k${at}`,
      }))
      return aTrust({ keys: keySource(keys) })
    }
    const names = 'k0 k1 k2 k3 k4 k5 k6 k7 k8 k9'
    expect([0, 10, 11].map((count) => told('kid', aToken(), keyed(count))[1])).toEqual([
      'none is known',
      `one of ${names}`,
      `one of ${names} and 1 more`,
    ])
    const nameless = [{ ...verificationKeys(aKey('ES256', 'issuer'))[0]!, kid: null }]
    expect(told('kid', aToken(), aTrust({ keys: keySource(nameless) }))[1]).toBe('one of one without a name')
  })

  it('what was said of it, where its issuer is asked', () => {
    const answer = 'answer of the authorization server'
    expect(told(answer, OPAQUE, asked())[0]).toBe('none')
    const said = asked({ active: true, token_type: 'DPoP', sub: 'a' })
    expect([answer, 'active', 'token_type', 'claims'].map((what) => told(what, OPAQUE, said)[0])).toEqual([
      'one',
      true,
      'DPoP',
      'sub',
    ])
    expect(told('tid', OPAQUE, said)).toEqual([undefined, undefined])
    expect(told('tid', OPAQUE, asked({ active: true, tid: 'one' }))[0]).toBe('one')
    expect(told('claims', OPAQUE, said)[1]).toBe('each of its type, where it is there')
    expect(told(answer, JWE, asked())).toEqual([undefined, undefined])
    const now = judged(OPAQUE, [asked()])
    now.evidence.introspection = { members: { active: false }, signed: null }
    expect([...compareToken(now)].find(({ what }) => what === 'active')?.came).toBe(false)
    // What is known of before.
    const by = judged(OPAQUE, [asked()])
    by.evidence.token = { ...aVerifiedToken(), key: null, claims: { active: true } } as never
    expect([...compareToken(by)].find(({ what }) => what === answer)?.came).toBe('one')
  })

  it('that it was verified by whom, whatever else is said', () => {
    const by = judged(aToken(), [aTrust({ audience: new Set(['b']) }), aTrust()])
    by.evidence.token = aVerifiedToken()
    const aud = [...compareToken(by)].find(({ what }) => what === 'aud')
    expect(aud?.wanted).toBe([...aTrust().audience].join(' '))
  })

  it('where it says whether it was withdrawn', () => {
    const status = (claim: unknown) => {
      const by = judged(aToken())
      by.evidence.token = { ...aVerifiedToken(), claims: { status: claim } } as never
      const [, found] = [...compareRevocation(by)]
      return [found?.came, found?.wanted]
    }
    const wanted = 'valid, where the token has a status'
    expect(status(undefined)).toEqual([undefined, wanted])
    expect(status({ status_list: 1 })).toEqual(['malformed', wanted])
    const list = { idx: 3, uri: 'https://as.bank.example/list' }
    expect(status({ status_list: list })).toEqual(['entry 3 of https://as.bank.example/list', wanted])
  })
})
