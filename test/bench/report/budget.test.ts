import { expect, it } from 'vitest'
import { budgetFor, newBudget, overBudget } from './budget.ts'

function measured(values: { readonly [key: string]: number | null }) {
  return Object.entries(values).map(([key, median]) => ({ key, value: median === null ? null : { median } }))
}

it('fifteen in a hundred over the budget are let through, and no more', () => {
  expect(overBudget({ a: 2, b: 1 }, measured({ a: 2.3, b: 0.2, c: 99 }))).toEqual([])
  expect(overBudget({ a: 2 }, measured({ a: 2.4 }))).toEqual(['a: 2.4, 20 % over the budget of 2'])
})

it('what was not measured does not pass, and neither does a budget that says nothing', () => {
  expect(overBudget({ a: 2, b: 3 }, measured({ a: null }))).toEqual([
    'a: not measured, the budget is 2',
    'b: not measured, the budget is 3',
  ])
  expect(overBudget({}, measured({ a: 1 }))).toEqual(['there is no budget; --accept makes one'])
})

it('a run that is accepted replaces what it measured', () => {
  expect(newBudget({ a: 2, b: 3 }, measured({ a: 1, b: null, c: 5 }))).toEqual({ a: 1, b: 3, c: 5 })
})

it('each processor has its own, and one that has none the loosest of all', () => {
  const budgets = { old: { rows: { a: 2, b: 1 }, curves: { c: 1 } }, new: { rows: { a: 1, b: 3 } } }
  expect(budgetFor('new', 'rows', budgets)).toEqual({ a: 1, b: 3 })
  expect(budgetFor('new', 'curves', budgets)).toEqual({ c: 1 })
  expect(budgetFor('other', 'rows', budgets)).toEqual({ a: 2, b: 3 })
})
