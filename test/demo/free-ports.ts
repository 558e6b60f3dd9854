import { freePort } from '../support/wire-upstream.ts'

/** Four ports that are free now, under the variables that move the demonstration's. */
export async function freePorts(): Promise<Record<(typeof VARIABLES)[number], string>> {
  const numbers = await Promise.all(VARIABLES.map(freePort))
  return Object.fromEntries(VARIABLES.map((name, at) => [name, String(numbers[at])])) as Record<
    (typeof VARIABLES)[number],
    string
  >
}

const VARIABLES = ['HOLDFAST_PORT', 'HOLDFAST_ADMIN_PORT', 'HOLDFAST_AS_PORT', 'HOLDFAST_BANK_PORT'] as const
