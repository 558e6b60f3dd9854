import { describe, expect, it } from 'vitest'
import { Budget } from '../../../src/services/key-ring/budget.ts'

describe('Budget', () => {
  it('gives so many at once, then one every so often, and saves up no more', () => {
    const budget = new Budget(2, 100, 0)
    expect([budget.take(0), budget.take(0), budget.take(99), budget.take(100), budget.take(199)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ])
    expect([budget.take(10_000), budget.take(10_000), budget.take(10_000)]).toEqual([true, true, false])
  })
})
