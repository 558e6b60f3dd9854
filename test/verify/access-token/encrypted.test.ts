import { describe, expect, it } from 'vitest'
import { Need } from '../../../src/domain/need.ts'
import type { TokenOpener } from '../../../src/domain/ports.ts'
import type { IssuerTrust } from '../../../src/verify/access-token/issuer-trust.ts'
import { verifyAccessToken } from '../../../src/verify/access-token/verify-jwt.ts'
import { NOW } from '../../support/clock.ts'
import { base64url, type Members } from '../../support/jws.ts'
import { outcome } from '../../support/outcome.ts'
import { aToken, aTrust, presented } from '../../support/token.ts'

const HEADER = { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: 'enc-1' }
const jwe = (changes: Members = {}) => `${base64url({ ...HEADER, ...changes })}.AA.AA.AA.AA`
const opens = (text: string | null | undefined, ...kids: readonly string[]): TokenOpener => ({
  knows: (kid) => kids.includes(kid),
  opened: () => text,
  open: async () => true,
})
const judge = (token: string, ...trusted: readonly IssuerTrust[]) =>
  verifyAccessToken(presented(token), trusted, new Map(), NOW)
const verdict = (token: string, ...trusted: readonly IssuerTrust[]) => outcome(judge(token, ...trusted))

describe('an encrypted access token (RFC 9068 §4, RFC 7519 §5.2)', () => {
  const inside = aTrust({ opener: opens(aToken(), 'enc-1') })

  it('is verified like any other, under the hash of what came', () => {
    expect(judge(jwe(), inside)).toMatchObject({ clientId: 'tpp-1', hash: presented(jwe()).hash })
    const expired = aTrust({ opener: opens(aToken({ claims: { exp: NOW } })) })
    expect(verdict(jwe(), expired)).toBe('TOKEN_EXPIRED')
    expect(verdict(jwe(), aTrust({ opener: opens(aToken({ header: { typ: 'JWT' } })) }))).toBe('TOKEN_TYPE')
    expect(verdict(jwe(), aTrust({ opener: opens(jwe()) }))).toBe('TOKEN_NOT_JWT')
  })

  it('is asked for where it was not opened yet, and 503 if nobody can tell', async () => {
    const asked: string[][] = []
    const open = async (...about: string[]) => asked.push(about) > 0
    const need = judge(jwe(), aTrust({ opener: { ...opens(undefined), open } }))
    expect(outcome(need)).toBe(`NEED decryption ${presented(jwe()).hash}`)
    expect(need instanceof Need && need.otherwise.code).toBe('TOKEN_DECRYPTION_UNAVAILABLE')
    expect(need instanceof Need && (await need.supply('asker'))).toBe(true)
    expect(asked).toEqual([[presented(jwe()).hash, jwe(), 'asker']])
  })

  it('without a named key is nobody’s where two have keys, also when one of them knows it', () => {
    const other = aTrust({ name: 'other', opener: opens(aToken(), 'enc-2') })
    const tokens = new Map()
    const verdict = (token: string, ...trusted: readonly IssuerTrust[]) =>
      outcome(verifyAccessToken(presented(token), trusted, tokens, NOW))
    for (let time = 0; time < 2; time++) {
      expect(verdict(jwe({ kid: undefined }), inside, other)).toBe('TOKEN_ENCRYPTION')
      expect(verdict(jwe({ kid: undefined }), inside)).toBe('accepted')
      expect(verdict(jwe(), other, inside)).toBe('accepted')
    }
  })

  it('TOKEN_DECRYPTION: none of the keys opens it', () => {
    expect(verdict(jwe(), aTrust({ opener: opens(null) }))).toBe('TOKEN_DECRYPTION')
  })

  it.each<Members>([
    ...['dir', 'A256KW', 'A256GCMKW', 'PBES2-HS512+A256KW', 'RSA1_5', 'RSA-OAEP', 'none'].map((alg) => ({
      alg,
    })),
    ...[undefined, null, ['RSA-OAEP-256'], 'rsa-oaep-256'].map((alg) => ({ alg })),
    ...['A256CTR', undefined, 'a256gcm'].map((enc) => ({ enc })),
    ...['DEF', '', null].map((zip) => ({ zip })),
    ...[undefined, 'JWE', 'text/jwt', 'jwt2', 7, ['JWT']].map((cty) => ({ cty })),
    { long: 'x'.repeat(16_384) },
  ])('TOKEN_ENCRYPTION: %j', (changes) => {
    expect(verdict(jwe(changes), inside)).toBe('TOKEN_ENCRYPTION')
  })

  it.each<Members>([
    ...['RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'].map((alg) => ({ alg })),
    ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'].map((alg) => ({ alg })),
    ...['A128GCM', 'A192GCM', 'A256GCM'].map((enc) => ({ enc })),
    ...['A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'].map((enc) => ({ enc })),
  ])('takes %j (RFC 7518 §4.1, §5.1)', (changes) => {
    expect(verdict(jwe(changes), inside)).toBe('accepted')
  })

  it('may have 16384 characters, and no more', () => {
    const long = (length: number) => jwe().padEnd(length, 'A')
    expect(verdict(long(16_384), inside)).toBe('accepted')
    expect(verdict(long(16_386), inside)).toBe('TOKEN_ENCRYPTION')
  })

  it('TOKEN_CRITICAL: an extension of JWE', () => {
    expect(verdict(jwe({ crit: ['exp'], exp: 1 }), inside)).toBe('TOKEN_CRITICAL')
  })

  it.each(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'])('takes cty %s', (cty) => {
    expect(verdict(jwe({ cty }), inside)).toBe('accepted')
  })

  it('TOKEN_NOT_JWT: where no issuer of the route has keys, and what only looks like one', () => {
    expect(verdict(jwe(), aTrust())).toBe('TOKEN_NOT_JWT')
    expect(verdict('a.b.c.d.e', inside)).toBe('TOKEN_NOT_JWT')
    expect(verdict(`${jwe()}.AA`, inside)).toBe('TOKEN_NOT_JWT')
  })
})

describe('the issuer of an encrypted token', () => {
  const first = aTrust({ name: 'first', opener: opens(aToken(), 'enc-1') })
  const second = aTrust({ name: 'second', opener: opens(aToken(), 'enc-2') })
  const plain = aTrust({ name: 'plain' })
  const nameOf = (token: string, ...trusted: readonly IssuerTrust[]) =>
    (judge(token, ...trusted) as { trust?: IssuerTrust }).trust?.name

  it('is the one with the named key, else the only one with keys', () => {
    expect(nameOf(jwe({ kid: 'enc-2' }), plain, first, second)).toBe('second')
    expect(nameOf(jwe({ kid: 'other' }), plain, second)).toBe('second')
    expect(nameOf(jwe({ kid: undefined }), plain, second)).toBe('second')
  })

  it('TOKEN_ENCRYPTION: it is never guessed', () => {
    expect(verdict(jwe({ kid: 'other' }), first, second)).toBe('TOKEN_ENCRYPTION')
    expect(verdict(jwe({ kid: undefined }), first, second)).toBe('TOKEN_ENCRYPTION')
  })

  it('TOKEN_ISSUER: nobody speaks for another, even on one route', () => {
    const stranger = aTrust({ issuer: 'https://other.example', opener: opens(aToken(), 'enc-1') })
    expect(verdict(jwe(), stranger, plain)).toBe('TOKEN_ISSUER')
  })

  it('TOKEN_UNENCRYPTED: a token that came open, of an issuer that encrypts', () => {
    const encrypts = { ...first, encrypts: true }
    expect(verdict(jwe(), encrypts)).toBe('accepted')
    expect(verdict(aToken(), encrypts)).toBe('TOKEN_UNENCRYPTED')
    expect(verdict(aToken(), first)).toBe('accepted')
  })
})
