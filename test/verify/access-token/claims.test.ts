import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { readClaims } from '../../../src/verify/access-token/claims.ts'
import { dialects } from '../../../src/verify/access-token/dialects.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { outcome } from '../../support/outcome.ts'
import { THUMBPRINT, tokenClaims } from '../../support/token.ts'

const read = (changes: Members = {}) => readClaims({ ...tokenClaims(), ...changes }, dialects.rfc9068)
const claims = (changes: Members = {}) => {
  const answer = read(changes)
  if (isDenial(answer)) throw new Error(answer.code)
  return answer
}

describe('readClaims (RFC 9068 §2.2)', () => {
  it('takes an audience that is a text or a list of texts', () => {
    expect(claims({ aud: 'a' }).audience).toEqual(['a'])
    expect(claims({ aud: ['a', 'b'] }).audience).toEqual(['a', 'b'])
  })

  it('takes the later of nbf and iat for the beginning', () => {
    expect(claims({ nbf: undefined }).notBefore).toBe(NOW - 30)
    expect(claims({ nbf: NOW - 10 }).notBefore).toBe(NOW - 10)
    expect(claims({ nbf: NOW - 90 }).notBefore).toBe(NOW - 30)
  })

  it('takes iat for the time of issue, whatever nbf is', () => {
    for (const nbf of [NOW - 90, NOW - 10]) expect(claims({ nbf }).issuedAt).toBe(NOW - 30)
  })

  it('takes nbf alone where iat need not be there', () => {
    const dialect = { ...dialects.rfc9068, required: [] }
    const members = { ...tokenClaims(), iat: undefined }
    expect(readClaims({ ...members, nbf: NOW }, dialect)).toMatchObject({ notBefore: NOW, issuedAt: NOW })
    expect(readClaims(members, dialect)).toMatchObject({ notBefore: 0, issuedAt: null })
  })

  it.each([
    ['accounts payments', ['accounts', 'payments']],
    [' accounts  payments ', ['accounts', 'payments']],
    ['', []],
    [undefined, []],
    [['accounts'], []],
    [7, []],
  ])('reads the scope %j as %j (§2.2.3)', (scope, scopes) => {
    expect([...claims({ scope }).scopes]).toEqual(scopes)
  })

  it.each<[string, Members]>([
    ...['iss', 'sub', 'aud', 'exp', 'client_id', 'iat', 'jti'].map((name): [string, Members] => [
      `no ${name}`,
      { [name]: undefined },
    ]),
    ...['iss', 'sub', 'client_id', 'jti'].map((name): [string, Members] => [
      `an empty ${name}`,
      { [name]: '' },
    ]),
    ...['iss', 'sub', 'client_id', 'jti'].map((name): [string, Members] => [
      `a ${name} that is a list`,
      { [name]: ['a'] },
    ]),
    ...['exp', 'iat', 'nbf'].flatMap((name): [string, Members][] => [
      [`${name} as a text`, { [name]: `${NOW}` }],
      [`${name} as null`, { [name]: null }],
      [`${name} below zero`, { [name]: -1 }],
      [`${name} in milliseconds`, { [name]: (NOW - 60) * 1000 }],
      [`${name} beyond 2^53`, { [name]: 2 ** 53 }],
      [`${name} without end`, { [name]: Number.POSITIVE_INFINITY }],
    ]),
    ['an empty audience', { aud: [] }],
    ['an audience with a number', { aud: ['a', 7] }],
    ['an audience that is an object', { aud: { a: 1 } }],
  ])('refuses %s', (_, changes) => {
    expect(outcome(read(changes))).toBe('TOKEN_CLAIMS')
  })
})

describe('the confirmation (RFC 7800 §3.1)', () => {
  it.each([
    [{ jkt: THUMBPRINT }, { jkt: THUMBPRINT, x5t: null, hasConfirmation: true }],
    [{ 'x5t#S256': THUMBPRINT }, { jkt: null, x5t: THUMBPRINT, hasConfirmation: true }],
    [
      { jkt: THUMBPRINT, kid: 'k' },
      { jkt: THUMBPRINT, x5t: null, hasConfirmation: true },
    ],
    [{ kid: 'k' }, { jkt: null, x5t: null, hasConfirmation: true }],
    [{}, { jkt: null, x5t: null, hasConfirmation: true }],
    [undefined, { jkt: null, x5t: null, hasConfirmation: false }],
  ])('is read from %j', (cnf, confirmation) => {
    expect(claims({ cnf })).toMatchObject(confirmation)
  })

  it.each([
    null,
    'jkt',
    [THUMBPRINT],
    { jkt: null },
    { jkt: '' },
    { jkt: THUMBPRINT.slice(1) },
    { jkt: `${THUMBPRINT}=` },
    { jkt: [THUMBPRINT] },
    { 'x5t#S256': `${THUMBPRINT.slice(0, 42)}1` },
    { jkt: THUMBPRINT, 'x5t#S256': 7 },
  ])('is refused in %j', (cnf) => {
    expect(outcome(read({ cnf }))).toBe('TOKEN_CONFIRMATION')
  })
})
