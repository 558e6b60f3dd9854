import { type Load, openRow, type RowRunner } from './load/load.ts'
import { signatureCosts } from './load/openssl.ts'
import type { RunSize } from './report/results.ts'
import type { Round } from './report/round.ts'
import { COMPARED, type Row } from './rows.ts'
import type { Stage } from './stage.ts'

/**
 * Those that are compared once more, in turns so short that a slow moment of the machine meets both sides of a ratio; each turn is
 * a round of these alone, there and back, so that what drifts favours nobody. The proofs of a turn are made just before it, as they would be too old for the last.
 */
export async function runTurns(
  all: readonly Row[],
  stage: Stage,
  size: RunSize,
  say: (text: string) => void,
): Promise<readonly Round[]> {
  const rows = all.filter(({ key }) => COMPARED.includes(key))
  const algorithms = new Set(rows.flatMap(({ signature }) => signature ?? []))
  const began = performance.now()
  const runners = new Map<Row, RowRunner>()
  const rounds: Round[] = []
  try {
    for (const row of rows) runners.set(row, await openRow(row, stage, size.connections))
    const there = [...runners]
    const back = there.toReversed()
    for (let turn = -Math.ceil(size.warmUp / size.turn); turn < size.turns; turn++) {
      const loads = new Map<string, Load>()
      const signatures = await signatureCosts(1, algorithms)
      for (const [row, runner] of turn % 2 === 0 ? there : back) {
        loads.set(row.key, await runner.run(size.turn, row.requests(stage.traffic, size.turn)))
      }
      if (turn >= 0) rounds.push({ loads, signatures })
    }
  } finally {
    for (const runner of runners.values()) runner.close()
  }
  say(`${size.turns} turns of what is compared: ${((performance.now() - began) / 1000).toFixed(0)} s`)
  return rounds
}
