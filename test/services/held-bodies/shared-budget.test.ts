import { describe, expect, it } from 'vitest'
import { budgetMemory, giveBackOf, SharedBudget } from '../../../src/services/held-bodies/shared-budget.ts'

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

  it('gets back what a thread had taken that has died, and no more', () => {
    const memory = budgetMemory(2)
    const [one, other] = [new SharedBudget(memory, 100, 1), new SharedBudget(memory, 100, 2)]
    expect([one.take(60), other.take(30), one.take(20), other.take(5)]).toEqual([true, true, false, true])
    one.give(10)
    giveBackOf(1, memory)
    expect(one.taken).toBe(35)
    giveBackOf(1, memory)
    expect([one.taken, new SharedBudget(memory, 100, 1).take(65), other.take(1)]).toEqual([35, true, false])
    other.give(35)
    expect(other.taken).toBe(65)
  })

  it('is for no client more than is left, but one body, whatever the thread', () => {
    const memory = budgetMemory(2)
    const [one, other] = [new SharedBudget(memory, 100, 1), new SharedBudget(memory, 100, 2)]
    const first = one.of('greedy')
    expect([first.take(20), first.take(20), other.of('greedy').take(10)]).toEqual([true, true, true])
    expect([one.of('greedy').take(1), other.of('greedy').take(1), one.taken]).toEqual([false, false, 50])
    const alone = other.of('honest')
    expect([alone.take(40), alone.take(10), other.of('honest').take(0)]).toEqual([true, true, false])
    first.give(40)
    expect([one.taken, one.of('greedy').take(10), one.of('greedy').take(20)]).toEqual([60, true, false])
    alone.give(50)
    expect(alone.take(60)).toBe(true)
  })

  it('gets back what clients had taken in a thread that has died', () => {
    const memory = budgetMemory(2)
    const [one, other] = [new SharedBudget(memory, 100, 1), new SharedBudget(memory, 100, 2)]
    expect([one.of('greedy').take(40), other.of('greedy').take(5)]).toEqual([true, true])
    giveBackOf(1, memory)
    expect([other.of('greedy').take(40), other.of('greedy').take(10), other.taken]).toEqual([true, false, 45])
  })
})
