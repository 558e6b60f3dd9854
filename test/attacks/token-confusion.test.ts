import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readAnswer } from '../../src/services/introspection/answer.ts'
import { verifyAccessToken } from '../../src/verify/access-token/verify-jwt.ts'
import { checkProof } from '../../src/verify/dpop/proof.ts'
import { verifyStatusListToken } from '../../src/verify/status-list/list-token.ts'
import { NOW } from '../support/clock.ts'
import { OTHER_TYPES } from '../support/dialect-tokens.ts'
import { aJws } from '../support/jws.ts'
import { aKey, verificationKeys } from '../support/keys.ts'
import { outcome } from '../support/outcome.ts'
import { dpopRules, proofClaims, proofHeader } from '../support/proof.ts'
import { aRequest } from '../support/request.ts'
import { aStatusListToken, LIST_URI } from '../support/status-list.ts'
import { AUDIENCE, aTrust, FAPI, ISSUER, keySource, presented, tokenClaims } from '../support/token.ts'

/** One key signs everything, and every JWT has all the claims that any of the readers asks for: the type alone is wrong. */
const KEY = aKey('ES256', 'issuer')
const TOKEN = 'a.verified.token'
const LIST = JSON.parse(
  Buffer.from(aStatusListToken().split('.')[1] as string, 'base64url').toString(),
) as object

const READERS: { readonly [typ: string]: (typ: string) => Promise<string> | string } = {
  'at+jwt': (typ) =>
    outcome(verifyAccessToken(presented(signed(typ, tokenClaims())), [aTrust()], new Map(), NOW)),
  'dpop+jwt': (typ) => {
    const proof = aJws({ ...proofHeader(KEY), typ }, { ...proofClaims(TOKEN), ...LIST, iat: NOW }, KEY)
    const bound = { hash: hash('sha256', TOKEN, 'base64url'), jkt: KEY.jkt }
    return outcome(checkProof(proof, bound, aRequest(), dpopRules(), NOW))
  },
  'statuslist+jwt': (typ) => {
    const trust = {
      issuers: new Set([ISSUER]),
      algorithms: FAPI,
      clockSkew: 10,
      keys: keySource(verificationKeys(KEY)),
    }
    const read = verifyStatusListToken(signed(typ, { ...tokenClaims(), ...LIST }), LIST_URI, trust, NOW)
    return typeof read === 'string' ? read : 'accepted'
  },
  'token-introspection+jwt': (typ) => {
    const claims = { ...tokenClaims(), iat: NOW, token_introspection: { active: true } }
    const octets = Buffer.from(signed(typ, claims))
    const rules = {
      issuer: ISSUER,
      algorithms: FAPI,
      keys: keySource(verificationKeys(KEY)),
      recipients: new Set([AUDIENCE]),
      keeps: false,
      now: () => NOW,
    }
    const type = 'application/token-introspection+jwt'
    return readAnswer({ status: 200, type, maxAge: null, octets }, 'jwt', rules).then(
      () => 'accepted',
      (problem: Error) => problem.message,
    )
  },
}

const REFUSAL =
  /^(?:TOKEN_TYPE|DPOP_TYP|is not typed statuslist\+jwt|the answer is no token-introspection\+jwt)$/

describe('a JWT of one kind is none of another (RFC 8725 §3.12)', () => {
  it.each(Object.entries(READERS))('what reads %s takes no other', async (own, read) => {
    expect(await read(own)).toBe('accepted')
    for (const typ of [...Object.keys(READERS), ...OTHER_TYPES, 'JWT', 'jwt'].filter(
      (each) => each !== own,
    )) {
      expect(await read(typ), typ).toMatch(REFUSAL)
      expect(await read(`application/${typ}`), typ).toMatch(REFUSAL)
    }
  })
})

function signed(typ: string, claims: object): string {
  return aJws({ typ, alg: KEY.alg, kid: KEY.kid }, { ...claims }, KEY)
}
