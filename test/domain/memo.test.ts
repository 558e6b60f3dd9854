import { describe, expect, it } from 'vitest'
import { boundedMemo, noLookups } from '../../src/domain/memo.ts'

describe('a bounded memo', () => {
  it('knows as many as it is made for, those that came last, and never more than twice as many', () => {
    for (let size = 1; size <= 30; size++) {
      const memo = boundedMemo<number, string>(10)
      const keys = Array.from({ length: size }, (_, key) => key)
      for (const key of keys) memo.set(key, `${key}`)
      for (const key of keys.slice(-10)) expect(memo.get(key)).toBe(`${key}`)
      expect(keys.filter((key) => memo.get(key) !== undefined).length).toBeLessThanOrEqual(20)
    }
  })

  it('keeps what is asked for, however much else comes', () => {
    const memo = boundedMemo<number, string>(10)
    memo.set(0, 'kept')
    for (let key = 1; key <= 1_000; key++) {
      memo.set(key, `${key}`)
      expect(memo.get(0)).toBe('kept')
    }
  })

  it('gives what was set last', () => {
    const memo = boundedMemo<number, string>(4)
    for (let key = 1; key <= 3; key++) memo.set(key, 'first')
    memo.set(1, 'second')
    for (const key of [1, 4, 5, 1, 6, 1]) if (memo.get(key) === undefined) memo.set(key, 'other')
    expect(memo.get(1)).toBe('second')
  })

  it('counts what is heavy as several', () => {
    const memo = boundedMemo<number, string>(10, { weigh: ({ length }) => length })
    const set = (...weights: readonly number[]) =>
      weights.forEach((weight, key) => void memo.set(key, '.'.repeat(weight)))
    const kept = () => [0, 1, 2, 3].filter((key) => memo.get(key) !== undefined)
    set(5, 5, 5, 5)
    expect(kept()).toContain(3)
    expect(kept()).toContain(2)
    set(16, 16, 16, 16)
    expect(kept().length).toBeLessThanOrEqual(2)
    // What takes the place of itself takes none besides.
    set(...Array.from({ length: 10 }, () => 1))
    for (let time = 0; time < 100; time++) memo.set(9, '.')
    expect(memo.get(0)).toBe('.')
  })

  it('forgets nothing for what a generation does not take', () => {
    class Picky extends Map<number, string> {
      override set(key: number, value: string) {
        return key < 0 ? this : super.set(key, value)
      }
    }
    const memo = boundedMemo<number, string>(2, { generation: () => new Picky() })
    memo.set(1, 'a')
    for (let time = 0; time < 10; time++) memo.set(-1, 'x')
    expect([memo.get(1), memo.get(-1)]).toEqual(['a', undefined])
  })

  it.each([undefined, null, Number.NaN, 0, ''])('is bounded where its values are %s', (value) => {
    const generations: Map<number, unknown>[] = []
    const memo = boundedMemo<number, unknown>(10, {
      generation: () => {
        generations.push(new Map())
        return generations.at(-1) as Map<number, unknown>
      },
    })
    for (let key = 0; key < 100; key++) memo.set(key, value)
    expect(Math.max(...generations.map(({ size }) => size))).toBe(10)
  })

  it.each([0, -1, Number.NaN])('is bounded where its size is %d', (entries) => {
    const memo = boundedMemo<number, number>(entries)
    for (let key = 0; key < 100; key++) memo.set(key, key)
    expect(
      Array.from({ length: 100 }, (_, key) => memo.get(key)).filter((each) => each !== undefined).length,
    ).toBeLessThan(3)
  })

  it('counts what it had, and what it had not and took in', () => {
    const counts = noLookups()
    const memo = boundedMemo<number, string>(2, { counts })
    // Made up: looked for, and never entered.
    for (let key = 100; key < 200; key++) memo.get(key)
    expect(counts).toEqual({ hits: 0, misses: 0 })
    for (const key of [1, 2, 1, 1]) if (memo.get(key) === undefined) memo.set(key, 'first')
    expect(counts).toEqual({ hits: 2, misses: 2 })
    // Another value for what is there takes no place of another.
    memo.set(1, 'second')
    expect(counts).toEqual({ hits: 2, misses: 2 })
    for (const key of [3, 4, 5, 6, 7, 1]) if (memo.get(key) === undefined) memo.set(key, 'first')
    expect(counts).toEqual({ hits: 2, misses: 8 })
    // From the older half, where it is found as well.
    memo.set(8, 'first')
    memo.set(9, 'first')
    expect(memo.get(8)).toBe('first')
    expect(counts).toEqual({ hits: 3, misses: 10 })
    // Another value for what is in the older half.
    memo.set(9, 'second')
    memo.set(10, 'first')
    memo.set(8, 'second')
    expect(counts).toEqual({ hits: 3, misses: 11 })
  })
})
