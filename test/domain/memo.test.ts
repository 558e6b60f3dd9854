import { expect, it } from 'vitest'
import { smallMemo } from '../../src/domain/memo.ts'

it('a small memo forgets the oldest beyond its size', () => {
  const memo = smallMemo<string, number>(2)
  for (const [at, key] of ['a', 'b', 'c'].entries()) memo.set(key, at)
  expect(['a', 'b', 'c'].map((key) => memo.get(key))).toEqual([undefined, 1, 2])
})
