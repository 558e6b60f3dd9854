import { describe, expect, it } from 'vitest'
import { fixedKeyRing } from '../../../src/services/key-ring/fixed.ts'
import { aKey, published } from '../../support/keys.ts'

const FIRST = aKey('ES256', 'one')

describe('fixedKeyRing', () => {
  it('never asks', async () => {
    const ring = fixedKeyRing(published(FIRST))
    expect([ring.candidates(FIRST.kid).length, ring.standing('x'), await ring.ask('x')]).toEqual([
      1,
      'absent',
      false,
    ])
    expect(ring.candidates(null)).toHaveLength(1)
    expect(fixedKeyRing({ keys: [] }).candidates(null)).toEqual([])
  })
})
