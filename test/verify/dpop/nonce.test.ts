import { createHmac, hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { freshNonce, isAlmostOver, nonceLife, nonceTime } from '../../../src/verify/dpop/nonce.ts'
import { checkProof } from '../../../src/verify/dpop/proof.ts'
import { NOW } from '../../support/clock.ts'
import { aKey } from '../../support/keys.ts'
import { outcome } from '../../support/outcome.ts'
import { aMint, aProof, dpopRules, nonceRules } from '../../support/proof.ts'
import { aRequest } from '../../support/request.ts'

const OTHER = 'another secret, which these replicas do not share at all'
const OWN = 'a secret of the tests that all replicas share'

describe('a nonce', () => {
  it('is NQCHAR alone and says when it was issued (RFC 9449 §8.1)', () => {
    const nonce = aMint().issue(NOW)
    expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]{30}$/)
    expect(aMint().issuedAt(nonce)).toBe(NOW)
  })

  it('is known to every replica that has the secret, and to no other', () => {
    const nonce = aMint([OWN]).issue(NOW)
    expect(aMint([OTHER, OWN]).issuedAt(nonce)).toBe(NOW)
    expect(aMint([OTHER]).issuedAt(nonce)).toBeUndefined()
  })

  it('is made with the first of several secrets', () => {
    expect(aMint([OTHER]).issuedAt(aMint([OTHER, OWN]).issue(NOW))).toBe(NOW)
  })

  it('is the second in 6 octets and 16 of an HMAC over it, by a key of this purpose and hour, whichever version made it', () => {
    const octets = Buffer.alloc(6)
    octets.writeUIntBE(NOW, 0, 6)
    const purpose = `holdfast dpop nonce resource ${Math.floor(NOW / 3600)}`
    const key = createHmac('sha256', OWN).update(purpose).digest()
    const seal = createHmac('sha256', key).update(`${NOW}`).digest().subarray(0, 16)
    expect(aMint([OWN]).issue(NOW)).toBe(Buffer.concat([octets, seal]).toString('base64url'))
  })

  it('is the same of a process that began hours ago and of one that begins now', () => {
    const running = aMint([OWN])
    for (const hour of [1, 2, 3]) {
      const then = NOW + hour * 3600
      expect(running.issue(then)).toBe(aMint([OWN]).issue(then))
    }
  })

  it('is none of ours once any character of it is changed', () => {
    const nonce = aMint().issue(NOW)
    for (let at = 0; at < nonce.length; at++) {
      const changed = nonce.slice(0, at) + (nonce[at] === 'A' ? 'B' : 'A') + nonce.slice(at + 1)
      expect(aMint().issuedAt(changed)).toBeUndefined()
    }
  })

  it.each([undefined, null, 7, {}, '', 'A', 'A'.repeat(30), 'ä'.repeat(30), 'A'.repeat(5000)])(
    '%o is none of ours',
    (nonce) => {
      expect(aMint().issuedAt(nonce)).toBeUndefined()
    },
  )

  it('is good for its age, and no longer', () => {
    const rules = nonceRules({ mode: 'required' })
    const nonce = rules.mint.issue(NOW)
    expect(nonceTime(nonce, rules, NOW + 300)).toBe(NOW)
    expect(nonceTime(nonce, rules, NOW + 301)).toBeUndefined()
    expect(nonceTime(nonce, rules, NOW - 5)).toBe(NOW)
    expect(nonceTime(nonce, rules, NOW - 6)).toBeUndefined()
  })

  it('of before the start is refused: the memory of used proofs began empty', () => {
    const rules = nonceRules({ mode: 'required', since: NOW })
    expect(nonceTime(rules.mint.issue(NOW - 1), rules, NOW)).toBeUndefined()
    expect(nonceTime(rules.mint.issue(NOW), rules, NOW)).toBe(NOW)
  })

  it('that is issued in the second of the start is good at once', () => {
    const rules = nonceRules({ mode: 'required', since: NOW + 1 })
    expect(nonceTime(freshNonce(rules, NOW), rules, NOW)).toBe(NOW)
    expect(nonceTime(freshNonce(rules, NOW + 7), rules, NOW + 7)).toBe(NOW + 7)
    const renewed = freshNonce(rules, NOW)
    expect(nonceTime(renewed, rules, NOW + 300)).toBe(NOW)
    expect(nonceTime(renewed, rules, NOW + 301)).toBeUndefined()
  })

  it('of another start is refused, also where both began in one second', () => {
    const before = nonceRules({ mode: 'required', since: NOW + 1, early: aMint(['of the first start']) })
    const after = nonceRules({ mode: 'required', since: NOW + 1, early: aMint(['of the second start']) })
    expect(nonceTime(freshNonce(before, NOW), before, NOW)).toBe(NOW)
    for (const now of [NOW, NOW + 1, NOW + 2])
      expect(nonceTime(freshNonce(before, NOW), after, now)).toBeUndefined()
    // Once that second is over, replicas take each other's.
    expect(nonceTime(freshNonce(before, NOW + 1), after, NOW + 1)).toBe(NOW + 1)
  })

  it('is renewed when less than a third of its life is left (RFC 9449 §8.2)', () => {
    const rules = nonceRules()
    expect(isAlmostOver(NOW, rules, NOW + 200)).toBe(false)
    expect(isAlmostOver(NOW, rules, NOW + 201)).toBe(true)
  })
})

describe('a proof', () => {
  const TOKEN = 'a.verified.token'
  const bound = { hash: hash('sha256', TOKEN, 'base64url'), jkt: aKey('ES256', 'client').jkt }
  const good = aMint().issue(NOW - 10)
  const judge = (mode: 'off' | 'optional' | 'required', claims: object) =>
    checkProof(
      aProof(TOKEN, { claims: { ...claims } }),
      bound,
      aRequest(),
      dpopRules({ nonce: nonceRules({ mode }) }),
      NOW,
    )

  it.each([
    ['off', { nonce: 'anything' }, 'accepted'],
    ['off', { nonce: good, iat: NOW - 3600 }, 'DPOP_IAT'],
    ['optional', {}, 'accepted'],
    // Whose clock is wrong can be helped by a nonce.
    ['optional', { iat: NOW - 3600 }, 'DPOP_NONCE'],
    ['optional', { nonce: good, iat: NOW - 3600 }, 'accepted'],
    ['optional', { nonce: 'stale' }, 'DPOP_NONCE'],
    // What is no text is a nonce all the same, and none of ours.
    ['optional', { nonce: 7 }, 'DPOP_NONCE'],
    ['optional', { nonce: null }, 'DPOP_NONCE'],
    ['required', {}, 'DPOP_NONCE'],
    ['required', { iat: NOW + 3600 }, 'DPOP_NONCE'],
    ['required', { nonce: 'stale' }, 'DPOP_NONCE'],
    ['required', { nonce: good }, 'accepted'],
    ['required', { nonce: good, iat: NOW - 3600 }, 'accepted'],
    ['required', { nonce: good, iat: NOW + 3600 }, 'accepted'],
    // A nonce says when a proof was made, and nothing of when it was to end or to begin (RFC 7519 §4.1.4, §4.1.5).
    ['required', { nonce: good, exp: NOW + 1, nbf: NOW + 10 }, 'accepted'],
    ['required', { nonce: good, exp: NOW }, 'DPOP_IAT'],
    ['required', { nonce: good, nbf: NOW + 11 }, 'DPOP_IAT'],
    ['optional', { nonce: good, exp: NOW }, 'DPOP_IAT'],
    ['optional', { nonce: good, nbf: NOW + 11 }, 'DPOP_IAT'],
    ['optional', { exp: NOW }, 'DPOP_IAT'],
    // The nonce comes last, so a retry with it alone can succeed.
    ['required', { htm: 'POST' }, 'DPOP_HTM'],
  ] as const)('on a route with nonces %s, saying %o: %s', (mode, claims, expected) => {
    expect(outcome(judge(mode, claims))).toBe(expected)
  })

  it.each([
    ['off', {}, 'DPOP_NONCE'],
    ['off', { nonce: good }, 'DPOP_NONCE'],
    ['off', { nonce: aMint().issue(NOW - 4) }, 'accepted'],
    ['off', { nonce: aMint().issue(NOW - 4), iat: NOW + 6 }, 'accepted'],
    ['off', { iat: NOW + 6 }, 'accepted'],
    // By its nonce it may have been spent before, whatever its clock said.
    ['off', { nonce: good, iat: NOW + 6 }, 'DPOP_NONCE'],
    ['off', { nonce: aMint([OTHER]).issue(NOW - 10), iat: NOW + 6 }, 'DPOP_NONCE'],
    ['off', { nonce: "another server's, of thirty oct", iat: NOW + 6 }, 'accepted'],
    ['off', { nonce: '_'.repeat(30), iat: NOW + 6 }, 'accepted'],
    // Another server's, that says nothing of a time before.
    ['off', { nonce: aMint([OTHER]).issue(NOW - 5), iat: NOW + 6 }, 'accepted'],
    ['off', { nonce: '', iat: NOW + 6 }, 'accepted'],
    ['off', { nonce: 'A'.repeat(40), iat: NOW + 6 }, 'accepted'],
    ['off', { iat: NOW + 5 }, 'DPOP_NONCE'],
    ['off', { nonce: aMint().issue(NOW - 4), iat: NOW - 61 }, 'DPOP_IAT'],
    ['optional', {}, 'DPOP_NONCE'],
    ['optional', { iat: NOW + 6 }, 'accepted'],
  ] as const)('five seconds after a start, with nonces %s, saying %o: %s', (mode, claims, expected) => {
    const since = NOW - 5
    const rules = dpopRules({ nonce: nonceRules({ mode, since }), unknownBefore: since + 11 })
    expect(outcome(checkProof(aProof(TOKEN, { claims: { ...claims } }), bound, aRequest(), rules, NOW))).toBe(
      expected,
    )
  })

  it('judged by its nonce is remembered at the time of the nonce', () => {
    expect(judge('required', { nonce: good, iat: NOW + 3600 })).toMatchObject({
      once: { madeAt: NOW - 10 },
      byNonce: true,
      nonceEnds: false,
    })
    expect(judge('required', { nonce: aMint().issue(NOW - 250) })).toMatchObject({ nonceEnds: true })
  })

  it('judged by its iat gets no nonce, however old it is', () => {
    const rules = dpopRules({ nonce: nonceRules({ age: 60 }) })
    const proof = checkProof(aProof(TOKEN, { claims: { iat: NOW - 60 } }), bound, aRequest(), rules, NOW)
    expect(proof).toMatchObject({ once: { madeAt: NOW - 60 }, nonceEnds: false })
  })
})

describe('the life of a nonce', () => {
  it.each([
    ['off', 300, 60, 60],
    ['off', 30, 60, 30],
    ['optional', 300, 60, 300],
    ['required', 300, 60, 300],
  ] as const)(
    'on a route with nonces %s, of %d seconds beside %d of a proof: %d',
    (mode, age, maxAge, life) => {
      expect(nonceLife(mode, age, maxAge)).toBe(life)
    },
  )
})
