import { type Load, runRow } from './load/load.ts'
import { signatureCosts } from './load/openssl.ts'
import { pinToOneCpu } from './load/pin.ts'
import { overBudget } from './report/budget.ts'
import { readMachine } from './report/machine.ts'
import { type RunSize, results } from './report/results.ts'
import type { Round } from './report/round.ts'
import { asTables } from './report/table.ts'
import { acceptBudget, readBudget, writeResults } from './report/write.ts'
import { ROWS, type Row } from './rows.ts'
import { openStage, type Stage } from './stage.ts'
import { runTurns } from './turns.ts'

export interface MeasureOptions {
  readonly folder: string
  readonly say: (text: string) => void
  /** Rough, and not kept. */
  readonly quick: boolean
  /** Compares with the budget. */
  readonly check: boolean
  /** Makes this run the budget. */
  readonly accept: boolean
  /** Keys of the rows to run; null: all. What is left out is not kept. */
  readonly only: readonly string[] | null
}

/** Every row in turn, several times over, then one table of all of them. Answers whether the budget holds, where asked. */
export async function measure(options: MeasureOptions): Promise<boolean> {
  const { folder, say, check, accept } = options
  const strange = options.only?.filter((key) => !ROWS.some((row) => row.key === key)) ?? []
  if (strange.length > 0)
    throw new Error(
      `there is no row “${strange.join('”, “')}”; there are ${ROWS.map(({ key }) => key).join(', ')}`,
    )
  say(pinToOneCpu())
  const machine = readMachine()
  const stage = await openStage({ folder, profiled: false, empty: false })
  const isPartial = options.only !== null
  const quick = options.quick || isPartial
  const size = options.quick ? QUICK : FULL
  try {
    if (stage.missing.length > 0) {
      say(`not installed: ${stage.missing.join(', ')}; the rows and ratios that need them are left out`)
    }
    const rows = ROWS.filter(
      ({ peer, key }) => stage.doors.has(peer) && (options.only?.includes(key) ?? true),
    )
    const rounds = [...(await runRounds(rows, stage, size, say)), ...(await runTurns(rows, stage, size, say))]
    const found = results(rounds, machine, { ...size, quick, isPartial })
    say(`\n${asTables(found)}`)
    say(`\nwritten to ${writeResults(found)}`)
    if (accept) say(`the budget is now this run: ${acceptBudget('rows', machine, found.ratios)}`)
    const problems = check ? overBudget(readBudget('rows', machine), found.ratios) : []
    if (problems.length > 0) say(`\nover budget:\n${problems.join('\n')}`)
    return problems.length === 0
  } finally {
    await stage.close()
  }
}

/** Interleaved, so that whatever else this machine does meets every row alike; the first round warms up, a longer one, and is left out. */
async function runRounds(
  rows: readonly Row[],
  stage: Stage,
  size: RunSize,
  say: (text: string) => void,
): Promise<readonly Round[]> {
  const algorithms = new Set(rows.flatMap(({ signature }) => signature ?? []))
  const rounds: Round[] = []
  for (let round = 0; round <= size.rounds; round++) {
    const began = performance.now()
    const loads = new Map<string, Load>()
    const requests = round === 0 ? size.first : size.requests
    for (const row of rows) loads.set(row.key, await runRow(row, stage, { ...size, requests }))
    if (round > 0) rounds.push({ loads, signatures: await signatureCosts(size.opensslSeconds, algorithms) })
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    say(round === 0 ? `warmed up in ${seconds} s` : `round ${round} of ${size.rounds}: ${seconds} s`)
  }
  return rounds
}

/**
 * Requests are a multiple of three, for the row of which a third is refused. `first`: those of the round that warms up. V8 goes on
 * compiling what it runs for some thirty thousand requests of a row; a gateway serves for weeks.
 */
const FULL: RunSize = {
  rounds: 3,
  first: 24_000,
  warmUp: 6_000,
  requests: 4_800,
  turns: 60,
  turn: 600,
  connections: 32,
  opensslSeconds: 2,
}
const QUICK: RunSize = {
  rounds: 2,
  first: 1_500,
  warmUp: 300,
  requests: 1_500,
  turns: 4,
  turn: 600,
  connections: 32,
  opensslSeconds: 1,
}
