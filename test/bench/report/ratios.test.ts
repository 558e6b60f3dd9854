import { expect, it } from 'vitest'
import { ROWS } from '../rows.ts'
import { RATIOS, ratioResults } from './ratios.ts'
import { floorOf, quotient, type Round } from './round.ts'

const PLACE = { perSecond: 1, p50: 1, p99: 1, p999: 1, busiest: 0.55 }

function aRound(cpu: { readonly [key: string]: number }): Round {
  const loads = new Map(Object.entries(cpu).map(([key, micros]) => [key, { cpu: micros, ...PLACE }]))
  return { loads, signatures: { verification: 60, signing: { ES256: 20 } } }
}

function reached(key: string, ...rounds: readonly Round[]): number | undefined {
  return ratioResults(rounds).find((each) => each.key === key)?.value?.median
}

it('a ratio is of figures of one round', () => {
  const slow = aRound({ nginx: 20, mtls: 60 })
  const quick = aRound({ nginx: 10, mtls: 40 })
  expect(reached('mtls/nginx', slow, quick)).toBe(3.5)
})

it('the floor is nginx and the signature work that nobody can leave out', () => {
  const round = aRound({ nginx: 20, dpop: 160 })
  expect(reached('dpop/floor', round)).toBe(2)
  expect(floorOf(round, { verifications: 2, signature: 'ES256' })).toBe(160)
  expect(floorOf(round, { verifications: 0, signature: null })).toBe(20)
})

it('the busier of two threads is told', () => {
  expect(reached('dpop-2 busiest', aRound({ 'dpop-2': 100 }))).toBe(0.55)
})

it('what was not there has no ratio', () => {
  expect(reached('dpop/apache-dpop', aRound({ dpop: 100 }))).toBe(undefined)
  expect(floorOf(aRound({}), { verifications: 1, signature: null })).toBe(undefined)
  expect(floorOf(aRound({ nginx: 20 }), { verifications: 1, signature: 'PS256' })).toBe(undefined)
  expect(quotient(1, undefined)).toBe(undefined)
})

it('rows and ratios have keys of their own, and ratios name rows that there are', () => {
  const keys = ROWS.map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
  expect(new Set(RATIOS.map(({ key }) => key)).size).toBe(RATIOS.length)
  for (const part of RATIOS.flatMap(({ key }) => key.replace(/ .*/, '').split('/')))
    expect([...keys, 'floor']).toContain(part)
})
