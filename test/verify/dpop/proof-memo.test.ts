import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkProof } from '../../../src/verify/dpop/proof.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { NOW } from '../../support/clock.ts'
import { aJws } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aProof, dpopRules, proofClaims, proofHeader } from '../../support/proof.ts'
import { aRequest } from '../../support/request.ts'

const TOKEN = 'a.verified.token'
const CLIENT = aKey('ES256', 'client')
const bound = { hash: hash('sha256', TOKEN, 'base64url'), jkt: CLIENT.jkt }
const request = aRequest()

const check = (proof: string, rules = dpopRules()) => outcome(checkProof(proof, bound, request, rules, NOW))

describe('the keys that are remembered', () => {
  it('remembers one header of a key, however many ways a client writes it, and none that is long', () => {
    const keys = new Map()
    const rules = dpopRules({ keys })
    for (let at = 0; at < 5; at++) {
      const header = { ...proofHeader(CLIENT), at, padding: 'x'.repeat(at === 3 ? 5000 : 10) }
      expect(check(aJws(header, proofClaims(TOKEN), CLIENT), rules)).toBe('accepted')
      if (at === 3) expect(keys.get(CLIENT.jkt).header.length).toBeLessThan(2048)
    }
    expect(keys.size).toBe(1)
  })

  it('remembers the first header of a key even where it has not signed, and then those alone that it has', () => {
    const keys = new Map()
    const rules = dpopRules({ keys })
    const forged = (at: number) =>
      aJws({ ...proofHeader(CLIENT), at }, proofClaims(TOKEN), aKey('ES256', 'thief'))
    for (const at of [1, 2]) {
      expect(check(forged(at), rules)).toBe('DPOP_SIGNATURE')
      expect(keys.get(CLIENT.jkt).header).toBe(forged(1).split('.', 1)[0])
    }
    const proof = aProof(TOKEN)
    expect(check(proof, rules)).toBe('accepted')
    expect(check(forged(2), rules)).toBe('DPOP_SIGNATURE')
    expect([...keys.values()].map(({ header }) => header)).toEqual([proof.split('.', 1)[0]])
    expect(check(proof, rules)).toBe('accepted')
  })

  it('reads a header that is not the one it knows of a key', () => {
    const keys = new Map()
    const rules = dpopRules({ keys })
    expect(check(aProof(TOKEN), rules)).toBe('accepted')
    const spoilt = { ...proofHeader(CLIENT), typ: 'jwt' }
    expect(check(aJws(spoilt, proofClaims(TOKEN), CLIENT), rules)).toBe('DPOP_TYP')
    const named = { ...proofHeader(CLIENT), crit: ['exp'] }
    expect(check(aJws(named, proofClaims(TOKEN), CLIENT), rules)).toBe('DPOP_CRITICAL')
  })

  it('(12) DPOP_JKT: takes the word of no memo for whose key it is', () => {
    const keys = new Map()
    const rules = dpopRules({ keys })
    const thief = aKey('ES256', 'thief')
    const proof = aProof(TOKEN, { key: thief })
    expect(outcome(checkProof(proof, { ...bound, jkt: thief.jkt }, request, rules, NOW))).toBe('accepted')
    keys.set(CLIENT.jkt, keys.get(thief.jkt))
    expect(check(proof, rules)).toBe('DPOP_JKT')
    expect(check(aProof(TOKEN, { key: thief, header: { jwk: CLIENT.jwk } }), rules)).toBe('DPOP_SIGNATURE')
  })

  it('lets a key through only where its algorithm is taken, wherever it has signed before', () => {
    const keys = new Map()
    const proof = aProof(TOKEN)
    expect(check(proof, dpopRules({ keys }))).toBe('accepted')
    expect(check(proof, dpopRules({ keys, algorithms: allow(['PS256']) }))).toBe('DPOP_ALG')
  })
})
