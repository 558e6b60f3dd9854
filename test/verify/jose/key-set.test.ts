import { describe, expect, it } from 'vitest'
import type { VerificationKey } from '../../../src/verify/jose/jwk-set.ts'
import { heldKeys, KeySet } from '../../../src/verify/jose/key-set.ts'
import { aKey, verificationKeys } from '../../support/keys.ts'

const [first, second] = verificationKeys(aKey('ES256', 'first'), aKey('ES256', 'second')) as [
  VerificationKey,
  VerificationKey,
]
const nameless: VerificationKey = { ...second, kid: null }

describe('the keys of a set', () => {
  it('are found by kid, all of them without one, and those that have none where the kid is not known', () => {
    for (const set of [new KeySet([first, nameless]), heldKeys([first, nameless])]) {
      expect(set.candidates(first.kid)).toEqual([first])
      expect(set.candidates(null)).toEqual([first, nameless])
      expect(set.candidates('unknown')).toEqual([nameless])
      expect([set.holds(first), set.holds(second)]).toEqual([true, false])
    }
    expect(new KeySet([first]).candidates('unknown')).toEqual([])
  })

  it('of one name are all found, in their order', () => {
    const twins = [first, { ...second, kid: first.kid }]
    expect(new KeySet(twins).candidates(first.kid)).toEqual(twins)
  })

  it('are held for as long as they are published', () => {
    const renewed = new KeySet([first, second]).renewed([{ ...first }])
    expect([renewed.holds(first), renewed.holds(second)]).toEqual([true, false])
    expect(new KeySet([first]).renewed([second]).keys).toEqual([second])
  })

  it('are known by name, and without one', () => {
    const set = new KeySet([first, nameless])
    expect([first.kid, second.kid, null].map((kid) => set.knows(kid))).toEqual([true, false, true])
    expect(new KeySet([first]).knows(null)).toBe(true)
  })

  it('that are all there are asked for in vain', async () => {
    const held = heldKeys([first])
    expect([held.standing('unknown'), await held.ask('unknown')]).toEqual(['absent', false])
  })
})
