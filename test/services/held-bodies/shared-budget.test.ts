import { describe, expect, it } from 'vitest'
import { budgetMemory, SharedBudget } from '../../../src/services/held-bodies/shared-budget.ts'

describe('the memory for held bodies', () => {
  it('is taken until it is full, and given back', () => {
    const budget = new SharedBudget(budgetMemory(), 10)
    expect([budget.take(6), budget.take(5), budget.taken, budget.take(4), budget.take(1)]).toEqual([
      true,
      false,
      6,
      true,
      false,
    ])
    budget.give(10)
    expect([budget.taken, budget.take(10), budget.take(0)]).toEqual([0, true, true])
  })

  it('is one for all that share it, beyond 32 bits as well', () => {
    const memory = budgetMemory()
    const [one, other] = [new SharedBudget(memory, 8 * 2 ** 30), new SharedBudget(memory, 8 * 2 ** 30)]
    expect([one.take(5 * 2 ** 30), other.take(5 * 2 ** 30), other.take(3 * 2 ** 30)]).toEqual([
      true,
      false,
      true,
    ])
    expect(one.taken).toBe(8 * 2 ** 30)
  })
})
