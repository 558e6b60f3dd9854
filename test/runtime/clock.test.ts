import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { elapsed, unixNow } from '../../src/runtime/clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  elapsed()
})
afterEach(() => {
  vi.useRealTimers()
})

/** By so many seconds, as NTP sets it after a sleep: the steady clock goes on from where it was. */
const setAhead = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

it('says the second that has begun', () => {
  vi.setSystemTime(1_764_000_000_999)
  expect(unixNow()).toBe(1_764_000_000)
})

it('counts what was slept through, and no correction of a moment', () => {
  const began = elapsed()
  vi.advanceTimersByTime(5_000)
  expect(elapsed() - began).toBe(5_000)
  setAhead(3600)
  expect(elapsed() - began).toBe(3_605_000)
  setAhead(1)
  vi.advanceTimersByTime(1_000)
  expect(elapsed() - began).toBe(3_606_000)
})

it('never steps back', () => {
  const began = elapsed()
  setAhead(-3600)
  expect(elapsed() - began).toBe(0)
  vi.advanceTimersByTime(1_000)
  expect(elapsed() - began).toBe(1_000)
})
