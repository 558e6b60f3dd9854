import { expect, it } from 'vitest'
import { withoutDenied } from '../../../src/services/key-ring/denied.ts'
import { fixedKeyRing } from '../../../src/services/key-ring/fixed.ts'
import { aKey, published } from '../../support/keys.ts'

const [FIRST, SECOND] = [aKey('ES256', 'first'), aKey('ES256', 'second')]
const ring = fixedKeyRing(published(FIRST, SECOND))
const [first, second] = ring.candidates(null) as [never, never]

it.each([
  ['kid', FIRST.kid],
  ['thumbprint', FIRST.jkt],
])('are left out, by name and by thumbprint (%s)', async (_, name) => {
  const keys = withoutDenied(ring, ['another', name])
  expect(keys.candidates(FIRST.kid)).toEqual([])
  expect([keys.candidates(SECOND.kid), keys.candidates(null)]).toEqual([[second], [second]])
  expect([keys.holds(first), keys.holds(second)]).toEqual([false, true])
  expect([keys.standing(FIRST.kid), await keys.ask(FIRST.kid)]).toEqual(['absent', false])
})

it('of a name that is denied nobody is asked, though it is not published', () => {
  const asking = { ...ring, standing: () => 'ask' as const }
  const keys = withoutDenied(asking, ['withdrawn'])
  expect([keys.standing('withdrawn'), keys.standing('new')]).toEqual(['absent', 'ask'])
})

it('are as they were where none is denied', () => {
  expect(withoutDenied(ring, [])).toBe(ring)
})
