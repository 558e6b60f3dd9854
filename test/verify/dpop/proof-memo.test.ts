import { createPublicKey, hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkProof } from '../../../src/verify/dpop/proof.ts'
import { knownKeys, type ProofKey } from '../../../src/verify/dpop/proof-key.ts'
import { allow } from '../../../src/verify/jose/algorithms.ts'
import { NOW } from '../../support/clock.ts'
import { aJws, base64url } from '../../support/jws.ts'
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
      const kept = { ...header, at: at === 3 ? 2 : at, padding: 'x'.repeat(10) }
      expect(keys.get(CLIENT.jkt).header).toBe(base64url(kept))
    }
    expect(keys.size).toBe(1)
  })

  it('remembers a header of 2048 octets, and none that is longer', () => {
    const keptOf = (octets: number) => {
      const keys = new Map()
      const header = (padding: string) => ({ ...proofHeader(CLIENT), padding })
      const left = Math.floor(octets * 0.75) - JSON.stringify(header('')).length
      const proof = aJws(header('x'.repeat(left)), proofClaims(TOKEN), CLIENT)
      expect(proof.indexOf('.')).toBe(octets)
      expect(check(proof, dpopRules({ keys }))).toBe('accepted')
      return keys.size
    }
    expect([keptOf(2048), keptOf(2050)]).toEqual([1, 0])
  })

  it('reads a header that it knows no more, nor hands its key to OpenSSL again', () => {
    const keys = new Map()
    const rules = dpopRules({ keys })
    expect(check(aProof(TOKEN), rules)).toBe('accepted')
    const known = keys.get(CLIENT.jkt)
    expect(check(aProof(TOKEN), rules)).toBe('accepted')
    expect(keys.get(CLIENT.jkt)).toBe(known)
    expect(known.key).toBe(known.key)
  })

  it('verifies under another header with the key that it has: forgeries do not cost a key each', () => {
    let asked = 0
    const known = {
      header: 'another',
      alg: 'ES256',
      jkt: CLIENT.jkt,
      get key() {
        asked++
        return createPublicKey({ key: CLIENT.jwk, format: 'jwk' })
      },
    }
    const keys = new Map([[CLIENT.jkt, known as ProofKey]])
    const forged = aProof(TOKEN, { key: aKey('ES256', 'thief'), header: { jwk: CLIENT.jwk } })
    expect(check(forged, dpopRules({ keys }))).toBe('DPOP_SIGNATURE')
    expect([asked, keys.get(CLIENT.jkt)]).toEqual([1, known])
  })

  it('has room for so many keys, and forgets those that nobody asked for', () => {
    const keys = knownKeys(2)
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) {
      const key = aKey('ES256', name)
      const proof = aProof(TOKEN, { key })
      const own = { ...bound, jkt: key.jkt }
      expect(outcome(checkProof(proof, own, request, dpopRules({ keys }), NOW))).toBe('accepted')
    }
    expect(names.map((name) => keys.get(aKey('ES256', name).jkt) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ])
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
