import { describe, expect, it } from 'vitest'
import { readAnswer } from '../../../src/services/introspection/answer.ts'
import type { AnswerRules } from '../../../src/services/introspection/signed-answer.ts'
import { NOW } from '../../support/clock.ts'
import { aJws, type Members } from '../../support/jws.ts'
import { aKey, type SigningKey, verificationKeys } from '../../support/keys.ts'
import { AUDIENCE, FAPI, ISSUER, keySource } from '../../support/token.ts'

const KEY = aKey('ES256', 'issuer')
const MEMBERS = { active: true, client_id: 'tpp-1', exp: NOW + 60 }

const rules = (changes: Partial<AnswerRules> = {}): AnswerRules => ({
  issuer: ISSUER,
  algorithms: FAPI,
  keys: keySource(verificationKeys(KEY, aKey('RS256', 'issuer')), 'absent'),
  recipients: new Set(['gateway', AUDIENCE]),
  keeps: true,
  now: () => NOW,
  ...changes,
})

const answer = (kind: 'jwt' | 'plain_jwt', body: string, type: string, changes: Partial<AnswerRules> = {}) =>
  readAnswer({ status: 200, type, maxAge: null, octets: Buffer.from(body) }, kind, rules(changes))

const read = (...asked: Parameters<typeof answer>) =>
  answer(...asked).then(
    ({ members }) => members,
    (problem: Error) => problem.message,
  )

describe('a signed answer (RFC 9701 §5)', () => {
  const TYPE = 'application/token-introspection+jwt'
  const signed = (claims: Members = {}, header: Members = {}, key: SigningKey = KEY) =>
    aJws(
      { typ: 'token-introspection+jwt', alg: key.alg, kid: key.kid, ...header },
      { iss: ISSUER, aud: 'gateway', iat: NOW, token_introspection: MEMBERS, ...claims },
      key,
    )

  it('is what stands under token_introspection, and nothing beside it', async () => {
    const beside = signed({ active: true, sub: 'mallory', exp: NOW + 1 })
    expect(await read('jwt', beside, TYPE)).toEqual(MEMBERS)
    expect(await read('jwt', signed({ token_introspection: { active: false } }), TYPE)).toEqual({
      active: false,
    })
  })

  it('is kept with the key that verified it, where that is of use', async () => {
    const body = signed()
    const { jwk } = KEY
    expect(await answer('jwt', body, TYPE)).toEqual({ members: MEMBERS, signed: { jws: body, jwk } })
    expect((await answer('jwt', body, TYPE, { keeps: false })).signed).toBeNull()
  })

  it.each<[string, string]>([
    ['for the resource', signed({ aud: [AUDIENCE] })],
    ['for others as well', signed({ aud: ['another', 'gateway'] })],
    ['a minute old', signed({ iat: NOW - 60 })],
    ['a minute ahead', signed({ iat: NOW + 60, nbf: NOW + 60 })],
    ['typed in full', signed({}, { typ: 'application/token-introspection+JWT' })],
    ['without a kid', signed({}, { kid: undefined })],
  ])('may be %s', async (_, body) => {
    expect(await read('jwt', body, TYPE)).toEqual(MEMBERS)
  })

  it.each<[string, string, string]>([
    ['an access token', signed({}, { typ: 'at+jwt' }), 'no token-introspection+jwt'],
    ['without a type', signed({}, { typ: undefined }), 'no token-introspection+jwt'],
    ['of another issuer', signed({ iss: 'https://other.example' }), 'does not come from'],
    ['for somebody else', signed({ aud: 'another' }), 'for somebody else'],
    ['for nobody', signed({ aud: undefined }), 'for somebody else'],
    ['too old', signed({ iat: NOW - 61 }), 'not made just now'],
    ['too far ahead', signed({ iat: NOW + 61 }), 'not made just now'],
    ['without iat', signed({ iat: undefined }), 'not made just now'],
    ['over by its own exp', signed({ exp: NOW + 0.5 }), 'is over'],
    ['with an exp that is none', signed({ exp: `${NOW + 60}` }), 'is over'],
    ['not in force yet', signed({ nbf: NOW + 61 }), 'not in force yet'],
    ['with an nbf that is none', signed({ nbf: null }), 'not in force yet'],
    ['not nested', signed({ token_introspection: undefined, ...MEMBERS }), 'no token_introspection'],
    ['nested in a text', signed({ token_introspection: '{"active":true}' }), 'no token_introspection'],
    ['with something critical', signed({}, { crit: ['x'], x: 1 }), 'critical'],
    ['with an encoding of its own', signed({}, { b64: true }), 'critical'],
    ['unsigned', signed({}, { alg: 'none' }), 'algorithm'],
    ['by RS256, which FAPI forbids', signed({}, {}, aKey('RS256', 'issuer')), 'algorithm'],
    ['by a key that is not published', signed({}, { kid: 'other' }), 'no key'],
    ['by another key under this name', signed({}, { kid: KEY.kid }, aKey('ES256', 'thief')), 'signature'],
    ['no JWT', '{"active":true}', 'no signed JWT'],
    ['encrypted', 'a.b.c.d.e', 'no signed JWT'],
  ])('is not taken %s', async (_, body, says) => {
    expect(await read('jwt', body, TYPE)).toContain(says)
  })

  it('is not replaced by plain JSON or by a plain JWT', async () => {
    expect(await read('jwt', '{"active":true}', 'application/json')).toContain('is application/json, not')
    expect(await read('jwt', signed(), 'application/jwt')).toContain('is application/jwt, not')
  })

  it('has a new key fetched, once', async () => {
    let keys = verificationKeys()
    const asked: (string | null)[] = []
    const source = {
      ...keySource([]),
      candidates: () => keys,
      ask: async (kid: string | null) => {
        asked.push(kid)
        keys = verificationKeys(KEY)
        return true
      },
    }
    expect(await read('jwt', signed(), TYPE, { keys: source })).toEqual(MEMBERS)
    expect(await read('jwt', signed(), TYPE, { keys: source })).toEqual(MEMBERS)
    expect(asked).toEqual([KEY.kid])
  })

  it('is not taken while the keys cannot be fetched, which is not the fault of the answer', async () => {
    const keys = keySource([], 'unavailable')
    expect(await read('jwt', signed(), TYPE, { keys })).toContain('could not be fetched')
    const silent = keySource([], 'ask')
    expect(await read('jwt', signed(), TYPE, { keys: silent })).toContain('could not be fetched')
  })
})

describe('a JWT that stands for the token', () => {
  const claims = { iss: ISSUER, aud: AUDIENCE, exp: NOW + 60, iat: NOW - 900, sub: 'customer-7' }
  const plain = (changes: Members = {}, header: Members = {}) =>
    aJws({ alg: KEY.alg, kid: KEY.kid, ...header }, { ...claims, ...changes }, KEY)

  it.each<[string, string, string, unknown]>([
    ['alone (Curity)', plain(), 'application/jwt', { ...claims, active: true }],
    ['typed', plain({}, { typ: 'JWT' }), 'application/jwt', { ...claims, active: true }],
    ['as an access token', plain({}, { typ: 'at+jwt' }), 'application/jwt', { ...claims, active: true }],
    ['active by its own word', plain({ active: true }), 'application/jwt', { ...claims, active: true }],
    ['not active by its own word', plain({ active: false }), 'application/jwt', { active: false }],
    ['active in a text', plain({ active: 'true' }), 'application/jwt', { active: false }],
    [
      'in JSON (Keycloak)',
      JSON.stringify({ active: true, jwt: plain() }),
      'application/json',
      { ...claims, active: true },
    ],
    ['not active, unsigned', '{"active":false}', 'application/json', { active: false }],
    ['not said to be active', JSON.stringify({ jwt: plain() }), 'application/json', { active: false }],
    [
      'active, unsigned',
      '{"active":true,"sub":"mallory"}',
      'application/json',
      'the answer has no signed member jwt',
    ],
    [
      'of another type',
      plain({}, { typ: 'logout+jwt' }),
      'application/jwt',
      'the answer is a JWT of another type',
    ],
    [
      'of another issuer',
      plain({ iss: 'https://x' }),
      'application/jwt',
      `the answer does not come from ${ISSUER}`,
    ],
  ])('%s', async (_, body, type, expected) => {
    expect(await read('plain_jwt', body, type)).toEqual(expected)
  })

  it('is kept with the key that verified it', async () => {
    const body = plain()
    const { signed } = await answer('plain_jwt', body, 'application/jwt')
    expect(signed).toEqual({ jws: body, jwk: KEY.jwk })
  })

  it('no content means not active (Curity)', async () => {
    const none = { status: 204, type: '', maxAge: null, octets: Buffer.alloc(0) }
    expect((await readAnswer(none, 'plain_jwt', rules())).members).toEqual({ active: false })
    await expect(readAnswer(none, 'json', rules())).rejects.toThrow('answered 204')
  })
})
