import { describe, expect, it } from 'vitest'
import { compareProof } from '../../../src/decision/explain/proof.ts'
import type { NonceRules } from '../../../src/verify/dpop/nonce.ts'
import type { DpopRules } from '../../../src/verify/dpop/proof.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { aMint, aProof, athOf, dpopRules, nonceRules } from '../../support/proof.ts'
import { aRequest } from '../../support/request.ts'
import { aToken } from '../../support/token.ts'

const token = aToken()
const key = aKey('ES256', 'client')

function compared(dpop: string | null, rules: DpopRules = dpopRules()) {
  return [...compareProof(aRequest({ dpop }), { hash: athOf(token), jkt: key.jkt }, rules, NOW)]
}

const names = (dpop: string | null) => compared(dpop).map(({ what }) => what)

/** What came, and what was wanted. */
function told(
  what: string,
  { header = {}, claims = {} }: { header?: Members; claims?: Members },
  rules?: DpopRules,
) {
  const found = compared(aProof(token, { header, claims }), rules).find((each) => each.what === what)
  return [found?.came, found?.wanted]
}

describe('a proof', () => {
  it('that is none is told as far as there is something of it', () => {
    expect(compared(null).map(({ what, came }) => [what, came])).toEqual([['DPoP proof', undefined]])
    expect(compared('x').map(({ what, came }) => [what, came])).toEqual([
      ['DPoP proof', 'one'],
      ['form', 'no JWT'],
    ])
  })

  it('has its ath told once: with its claims where it is no hash, else with the token', () => {
    const ofProof = (ath: string) =>
      names(aProof(token, { claims: { ath } })).filter((what) => /^(ath|htm)$/.test(what))
    expect([ofProof('short'), ofProof(athOf('another'))]).toEqual([
      ['ath', 'htm'],
      ['htm', 'ath'],
    ])
  })

  it.each([
    [{ ...key.jwk, d: 'S3CRET' }, 'EC P-256'],
    ['S3CRET', 'no JSON object'],
    [undefined, undefined],
  ])('shows of its key what kind it is, and no more: %#', (jwk, came) => {
    expect(told('jwk', { header: { jwk } })[0]).toBe(came)
  })

  it('tells of b64 where there is no crit', () => {
    expect(told('crit, b64', { header: { b64: false } })[0]).toBe(false)
  })

  it('tells of the target alone where no part differs', () => {
    expect(names(aProof(token))).toContain('htu')
  })

  it('tells of all times that it has', () => {
    const claims = { exp: NOW + 5, nbf: NOW - 5 }
    expect(told('iat', { claims })[0]).toBe(`${NOW} (now), exp ${NOW + 5} (in 5 s), nbf ${NOW - 5} (5 s ago)`)
  })

  it('is to keep to its own exp and nbf, also where its nonce tells its age', () => {
    const rules = dpopRules({ nonce: nonceRules({ mode: 'required' }) })
    for (const claims of [{ exp: NOW }, { nbf: NOW + 11 }])
      expect(told('iat', { claims }, rules)[1]).toBe('told by the nonce; before exp, and not before nbf')
  })

  it.each<[NonceRules['mode'], string, string]>([
    ['off', `at most 60 s old, at most 10 s ahead of ${NOW}`, 'not looked at'],
    [
      'optional',
      `at most 60 s old, at most 10 s ahead of ${NOW}; else told by a nonce`,
      'absent, or one of this resource, at most 300 s old',
    ],
    ['required', 'told by the nonce', 'one of this resource, at most 300 s old'],
  ])('may be as old as the mode of nonces says: %s', (mode, iat, nonce) => {
    const rules = dpopRules({ nonce: nonceRules({ mode }), unknownBefore: NOW })
    expect([told('iat', {}, rules)[1], told('nonce', {}, rules)[1]]).toEqual([iat, nonce])
  })

  it('has its nonce told by whose it is, and when it was made', () => {
    const nonces = nonceRules({ mode: 'required' })
    const cameOf = (nonce: string) => told('nonce', { claims: { nonce } }, dpopRules({ nonce: nonces }))[0]
    expect([
      cameOf('anothers'),
      cameOf(nonces.mint.issue(NOW - 5)),
      cameOf(nonces.early.issue(NOW - 5)),
      cameOf(nonces.mint.issue(NOW - 301)),
    ]).toEqual([
      'none that this gateway made',
      'made 5 s ago',
      'made 5 s ago',
      'made 301 s ago, does not hold',
    ])
  })

  it('that may have been spent by its nonce is to have another, also where none is asked for', () => {
    const nonce = aMint().issue(NOW - 3601)
    expect(told('nonce', { claims: { nonce } })[1]).toMatch(/: the proof may have been spent by it$/)
    const optional = dpopRules({ nonce: nonceRules({ mode: 'optional' }) })
    expect(told('nonce', { claims: { nonce } }, optional)[1]).toMatch(/^absent, or one/)
  })
})
