import type { Bank } from './bank.ts'
import type { Answer } from './wire.ts'

/** Something to try, and what must come of it. */
export interface Attempt<Stage> {
  readonly what: string
  readonly status: number
  /** The stable code and the clause of the refusal; both '' where the request is to pass. */
  readonly code: string
  readonly cite: string
  /** How many requests the bank is to see. */
  readonly arrivals: number
  readonly run: (stage: Stage, bank: Bank) => Promise<Answer>
}

/** What came of it: one line of the table. */
export interface Outcome {
  readonly what: string
  readonly status: number
  readonly code: string
  readonly cite: string
  /** '' where everything is as expected; else what is not. */
  readonly amiss: string
}

/** Tries one thing and compares status, code, clause and what the bank saw with what was expected. */
export async function tryOut<Stage>(attempt: Attempt<Stage>, stage: Stage, bank: Bank): Promise<Outcome> {
  const before = bank.seen.length
  let answer: Answer
  try {
    answer = await attempt.run(stage, bank)
  } catch (problem) {
    return { what: attempt.what, status: 0, code: '', cite: '', amiss: explain(problem) }
  }
  const status = answer.status
  const code = member(answer.body, 'code')
  const cite = member(answer.body, 'cite')
  const arrived = bank.seen.length - before
  const amiss = [
    status === attempt.status ? '' : `status ${attempt.status} expected`,
    code === attempt.code ? '' : `code ${attempt.code || 'none'} expected`,
    cite === attempt.cite ? '' : `clause ${attempt.cite || 'none'} expected`,
    arrived === attempt.arrivals ? '' : `the bank saw ${arrived} requests and not ${attempt.arrivals}`,
  ]
  return { what: attempt.what, status, code, cite, amiss: amiss.filter(Boolean).join('; ') }
}

function member(body: unknown, name: string): string {
  const value = (body as Record<string, unknown> | null)?.[name]
  return typeof value === 'string' ? value : ''
}

/** The whole chain of causes: OAuth clients wrap what the server said. */
function explain(problem: unknown): string {
  if (!(problem instanceof Error)) return JSON.stringify(problem)
  return problem.cause === undefined ? problem.message : `${problem.message}: ${explain(problem.cause)}`
}
