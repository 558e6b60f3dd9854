/** Ratios by their keys: what the last accepted run reached. */
export interface Budget {
  readonly [key: string]: number
}

/** Ratios of rows and those of curves have a budget each, as they are measured apart. */
export type BudgetName = 'rows' | 'curves'

/** By the processor: what one program takes in shares of another is not the same on each. */
export interface Budgets {
  readonly [cpu: string]: { readonly [name in BudgetName]?: Budget }
}

/** A ratio of this run; null where it could not be measured. */
export interface Measured {
  readonly key: string
  readonly value: { readonly median: number } | null
}

/**
 * A sentence for each ratio that is worse than the budget by more than the tolerance, or that the budget has and this run
 * could not measure: what is not measured does not pass.
 */
export function overBudget(budget: Budget, measured: readonly Measured[]): readonly string[] {
  const values = new Map(measured.map(({ key, value }) => [key, value?.median]))
  const problems = Object.keys(budget).length === 0 ? ['there is no budget; --accept makes one'] : []
  for (const [key, allowed] of Object.entries(budget)) {
    const value = values.get(key)
    if (value === undefined) problems.push(`${key}: not measured, the budget is ${allowed}`)
    else if (value > allowed * (1 + TOLERANCE)) {
      problems.push(`${key}: ${value}, ${percent(value / allowed - 1)} % over the budget of ${allowed}`)
    }
  }
  return problems
}

/** That of this processor; where it has none, the loosest of all others. */
export function budgetFor(cpu: string, name: BudgetName, budgets: Budgets): Budget {
  const own = budgets[cpu]?.[name]
  if (own !== undefined) return own
  const loosest: Record<string, number> = {}
  for (const { [name]: budget = {} } of Object.values(budgets)) {
    for (const [key, value] of Object.entries(budget)) loosest[key] = Math.max(value, loosest[key] ?? 0)
  }
  return loosest
}

/** The old budget with what this run measured in the place of what it held. */
export function newBudget(budget: Budget, measured: readonly Measured[]): Budget {
  const found = measured.flatMap(({ key, value }) => (value === null ? [] : [[key, value.median] as const]))
  return { ...budget, ...Object.fromEntries(found) }
}

function percent(share: number): string {
  return (100 * share).toFixed(0)
}

/** Runs on one processor differ by less, where it is quiet. */
const TOLERANCE = 0.15
