import { randomUUID } from 'node:crypto'
import {
  defaultRate,
  type LedgerShape,
  ledgerShape,
  TABLES,
} from '../../../src/services/replay/ledger-shape.ts'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../../../src/services/replay/shared-ledger.ts'
import { figure } from '../report/figure.ts'
import { quotient } from '../report/round.ts'
import { type Curve, type CurveResult, mebibytes } from './curve.ts'

/** Claims in a ledger as large as it is unless configured otherwise, until it is full; all proofs fall into one table. */
export const proofs: Curve = { key: 'proofs', run }

async function run(_: unknown, quick: boolean): Promise<CurveResult> {
  const small = ledgerShape({ rate: 1, maxAge: 60, clockSkew: 10 })
  const window = { maxAge: 60, clockSkew: 10 }
  const shape = quick ? small : ledgerShape({ rate: defaultRate(window), ...window })
  // Once for nothing, so that the code is compiled when it counts.
  fill(small)
  const points = fill(shape)
  const live = points.at(-1)?.[0] as number
  const perProof = shape.bytes / (TABLES * live)
  return {
    key: 'proofs',
    title: 'Cost of a claim by the number of live proofs in its table',
    xLabel: 'live proofs in the table',
    yLabel: 'CPU µs a claim, its hash included',
    lines: [{ name: 'shared ledger', points }],
    facts: [
      `This ledger takes ${mebibytes(shape.bytes)} in ${TABLES} tables, all of it from the start; it does not grow. A table holds ${live.toLocaleString('en')} live proofs, ${perProof.toFixed(1)} octets each; beyond some more the answer is 503. \`replay.rate\` sizes it.`,
    ],
    ratios: [
      {
        key: 'proofs full/empty',
        title: 'a claim in a full table ÷ in an empty one',
        bound: 3,
        value: figure([quotient(points.at(-1)?.[1], points[0]?.[1])]),
      },
    ],
  }
}

/** Claims until one is answered that the table is full: CPU microseconds a claim, by how many are live after it. */
function fill(shape: LedgerShape): readonly (readonly [number, number])[] {
  const memory = ledgerMemory(shape, 'a secret of the bench')
  const madeAt = Math.floor(Date.now() / 1000)
  new LedgerKeeper(memory).turn(madeAt)
  const ledger = new SharedLedger(memory)
  const points: [number, number][] = []
  for (;;) {
    const batch = Array.from({ length: Math.ceil(shape.words / STEPS) }, randomUUID)
    const began = process.cpuUsage()
    const claims = batch.map((jti) => ledger.spend({ jkt: THUMBPRINT, jti, madeAt }))
    const { user, system } = process.cpuUsage(began)
    const answers = new Set(claims)
    if (answers.has('full')) return points
    if (answers.size > 1 || !answers.has('first'))
      throw new Error(`fresh proofs are ${[...answers].join(', ')}`)
    points.push([(points.at(-1)?.[0] ?? 0) + batch.length, (user + system) / batch.length])
  }
}

const STEPS = 16
const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
