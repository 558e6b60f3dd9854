import { expect, it } from 'vitest'
import { percentile } from '../load/generator.ts'
import { figure } from './figure.ts'

it('a figure is the middle of its rounds, and how far they lay apart', () => {
  expect(figure([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 })
  expect(figure([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 })
  expect(figure([1 / 3])?.median).toBe(0.3333)
})

it('rounds that measured nothing do not count', () => {
  expect(figure([undefined, 7, Number.NaN])).toEqual({ median: 7, least: 7, most: 7 })
  expect(figure([undefined])).toBe(null)
  expect(figure([])).toBe(null)
})

it('a percentile is the smallest value that so many do not exceed', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, at) => at + 1)
  expect([0, 0.5, 0.99, 0.999, 1].map((share) => percentile(hundred, share))).toEqual([1, 50, 99, 100, 100])
  expect(percentile([7], 0.5)).toBe(7)
})
