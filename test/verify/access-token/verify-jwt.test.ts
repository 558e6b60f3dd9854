import { describe, expect, it } from 'vitest'
import { Need } from '../../../src/domain/need.ts'
import { fixedKeyRing } from '../../../src/services/key-ring/fixed.ts'
import { knownTokens } from '../../../src/verify/access-token/known-tokens.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { type IssuerTrust, verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { NOW } from '../../support/clock.ts'
import { aJws, altered, base64url, type Members } from '../../support/jws.ts'
import { aKey, type SigningKey, verificationKeys } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import {
  AUDIENCE,
  aToken,
  aTrust,
  ISSUER,
  keySource,
  presented,
  tokenClaims,
  tokenHeader,
} from '../../support/token.ts'

const ISSUING = aKey('ES256', 'issuer')
const verify = (token: string, trust: IssuerTrust = aTrust(), now = NOW) =>
  outcome(verifyAccessToken(presented(token), [trust], new Map(), now))
const header = (changes: Members) => verify(aToken({ header: changes }))
const claims = (changes: Members, trust?: IssuerTrust) => verify(aToken({ claims: changes }), trust)

describe('verifyAccessToken (RFC 9068 §4)', () => {
  it.each(['ES256', 'Ed25519', 'EdDSA', 'PS256'] as const)('takes a token signed with %s', (name) => {
    const key = aKey(name, 'issuer')
    expect(verify(aToken({ key }), aTrust({ keys: keySource(verificationKeys(key)) }))).toBe('accepted')
  })

  it('hands on what was read', () => {
    const token = verifyAccessToken(presented(aToken()), [aTrust()], new Map(), NOW)
    expect(token).toMatchObject({
      issuer: ISSUER,
      subject: 'customer-7',
      clientId: 'tpp-1',
      jti: 'token-1',
      x5t: null,
    })
    expect(token).toMatchObject({
      jkt: aKey('ES256', 'client').jkt,
      expiresAt: NOW + 270,
      hasConfirmation: true,
    })
  })

  it.each([
    ['not three parts', () => 'a.b'],
    ['an opaque token', () => 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'],
    ['an encrypted one', () => `${base64url({ alg: 'dir', enc: 'A256GCM' })}.a.b.c.d`],
    ['a padded part', () => altered(aToken(), (parts) => (parts.signature += '=='))],
    [
      'a stray bit',
      () => altered(aToken(), (parts) => (parts.signature = `${parts.signature.slice(0, -1)}B`)),
    ],
    ['an array for claims', () => aJws(tokenHeader(ISSUING), '[]', ISSUING)],
    [
      'a header that names alg twice',
      () => aJws('{"typ":"at+jwt","alg":"none","alg":"ES256"}', tokenClaims(), ISSUING),
    ],
    [
      'claims that name sub twice',
      () => aJws(tokenHeader(ISSUING), `{"sub":"root",${JSON.stringify(tokenClaims()).slice(1)}`, ISSUING),
    ],
  ])('TOKEN_NOT_JWT: %s', (_, token) => {
    expect(verify(token())).toBe('TOKEN_NOT_JWT')
  })

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])('takes typ %s', (typ) => {
    expect(header({ typ })).toBe('accepted')
  })

  it.each([
    undefined,
    null,
    '',
    'JWT',
    'jwt',
    'dpop+jwt',
    'at+jwt;a=b',
    'text/at+jwt',
    'logout+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'oauth-authz-req+jwt',
    'statuslist+jwt',
    ['at+jwt'],
  ])('TOKEN_TYPE: %j (RFC 8725 §3.11, §3.12)', (typ) => {
    expect(header({ typ })).toBe('TOKEN_TYPE')
  })

  it.each<Members>([
    { crit: ['exp'], exp: 1 },
    { crit: [] },
    { crit: null },
    { crit: ['b64'], b64: true },
    { b64: false },
  ])('TOKEN_CRITICAL: %j (RFC 7515 §4.1.11, RFC 7797 §6)', (changes) => {
    expect(header(changes)).toBe('TOKEN_CRITICAL')
  })

  it.each(['https://other.example', `${ISSUER}/`, ISSUER.toUpperCase(), undefined, [ISSUER], ''])(
    'TOKEN_ISSUER: %j, compared code point by code point (RFC 8725 §3.8)',
    (iss) => {
      expect(claims({ iss })).toBe('TOKEN_ISSUER')
    },
  )

  it.each([
    'none',
    'None',
    'HS256',
    'RS256',
    'ES384',
    'es256',
    'Ed448',
    undefined,
    null,
    ['ES256'],
    'constructor',
  ])('TOKEN_ALGORITHM: %j (FAPI2-SP §5.4.1)', (alg) => {
    expect(header({ alg })).toBe('TOKEN_ALGORITHM')
  })

  it.each(['iss', 'sub', 'aud', 'exp', 'client_id', 'iat', 'jti'])(
    'TOKEN_CLAIMS or TOKEN_ISSUER: no %s',
    (name) => {
      expect(claims({ [name]: undefined })).toBe(name === 'iss' ? 'TOKEN_ISSUER' : 'TOKEN_CLAIMS')
    },
  )

  it('TOKEN_CONFIRMATION: a thumbprint that is none', () => {
    expect(claims({ cnf: { jkt: 'short' } })).toBe('TOKEN_CONFIRMATION')
  })

  it('TOKEN_AUDIENCE: one of several must be ours', () => {
    expect(claims({ aud: ['https://other.example', AUDIENCE] })).toBe('accepted')
    expect(claims({ aud: `${AUDIENCE}/` })).toBe('TOKEN_AUDIENCE')
    expect(claims({ aud: ['https://other.example'] })).toBe('TOKEN_AUDIENCE')
  })

  it('TOKEN_EXPIRED: from the very second of exp', () => {
    expect(claims({ exp: NOW + 1 })).toBe('accepted')
    expect(claims({ exp: NOW })).toBe('TOKEN_EXPIRED')
    expect(claims({ exp: 0 })).toBe('TOKEN_EXPIRED')
  })

  it('TOKEN_NOT_YET: beyond the leeway (FAPI2-SP §5.3.2.1(13))', () => {
    expect(claims({ nbf: NOW + 10 })).toBe('accepted')
    expect(claims({ nbf: NOW + 11 })).toBe('TOKEN_NOT_YET')
    expect(claims({ iat: NOW + 10 })).toBe('accepted')
    expect(claims({ iat: NOW + 11 })).toBe('TOKEN_NOT_YET')
  })

  it('TOKEN_LIFETIME: where the configuration sets a limit', () => {
    expect(claims({}, aTrust({ maxLifetime: 300 }))).toBe('accepted')
    expect(claims({}, aTrust({ maxLifetime: 299 }))).toBe('TOKEN_LIFETIME')
  })
})

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

  it('is looked for at most four times (FAPI2-SP §5.4.3)', () => {
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
})
