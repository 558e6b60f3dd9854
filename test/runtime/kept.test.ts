import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Kept } from '../../src/runtime/kept.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('what is wanted lives on, what is not is retired when the requests that may use it are over', () => {
  const retired: string[] = []
  const kept = new Kept<string>((thing) => retired.push(thing))
  expect([kept.obtain('a', () => 'first'), kept.obtain('b', () => 'second')]).toEqual(['first', 'second'])
  expect(kept.obtain('a', () => 'another')).toBe('first')
  kept.retireAllBut(new Set(['a']))
  expect(kept.get('b')).toBe('second')
  vi.advanceTimersByTime(61_000)
  expect([kept.get('a'), kept.get('b'), retired]).toEqual(['first', undefined, ['second']])
})

it('what is wanted again before that is not retired', () => {
  const kept = new Kept<string>(() => {
    throw new Error('it was wanted')
  })
  kept.obtain('a', () => 'first')
  kept.retireAllBut(new Set())
  vi.advanceTimersByTime(59_000)
  expect(kept.obtain('a', () => 'another')).toBe('first')
  vi.advanceTimersByTime(120_000)
  expect(kept.get('a')).toBe('first')
})

it('all of it is retired at the end', () => {
  const retired: string[] = []
  const kept = new Kept<string>((thing) => retired.push(thing))
  kept.obtain('a', () => 'first')
  kept.obtain('b', () => 'second')
  kept.retireAllBut(new Set(['a']))
  kept.close()
  vi.advanceTimersByTime(120_000)
  expect(retired.sort()).toEqual(['first', 'second'])
})
