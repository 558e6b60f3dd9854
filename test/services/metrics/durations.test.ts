import { expect, it } from 'vitest'
import { Durations } from '../../../src/services/metrics/durations.ts'

it('a duration is in every bucket whose bound it is not above, and in the sum and the count', () => {
  const durations = new Durations('d', '', [1, 2, 5], 'upstream')
  const series = durations.of('bank')
  expect(durations.of('bank')).toBe(series)
  for (const seconds of [0.5, 1, 2, 3, 9]) series.observe(seconds)
  const values = durations.read().values.map(({ metricName, labels, value }) => [metricName, labels, value])
  const upstream = 'bank'
  expect(values).toEqual([
    ['d_bucket', { le: 1, upstream }, 2],
    ['d_bucket', { le: 2, upstream }, 3],
    ['d_bucket', { le: 5, upstream }, 4],
    ['d_bucket', { le: '+Inf', upstream }, 5],
    ['d_sum', { upstream }, 15.5],
    ['d_count', { upstream }, 5],
  ])
})

it('without a label it is there before anything was', () => {
  const values = new Durations('d', '', [1]).read().values.map(({ value }) => value)
  expect(values).toEqual([0, 0, 0, 0])
})
