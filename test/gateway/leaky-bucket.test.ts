import { expect, it } from 'vitest'
import { LeakyBucket } from '../../src/gateway/http2/leaky-bucket.ts'

it('takes so many at once, then so many a second', () => {
  const bucket = new LeakyBucket(3, 2, 0)
  expect([0, 0, 0, 0].map((at) => bucket.overflows(at))).toEqual([false, false, false, true])
  expect(bucket.overflows(1000)).toBe(false)
  expect(bucket.overflows(1000)).toBe(true)
  expect(bucket.overflows(100_000)).toBe(false)
})
