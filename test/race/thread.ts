import { parentPort, workerData } from 'node:worker_threads'
import type { LedgerMemory } from '../../src/services/replay/shared-ledger.ts'
import { seeded } from '../support/seeded.ts'
import { BASE, type Board, boardOf, PROOFS_A_SECOND, SPAN } from './board.ts'

/** The share of exchanges before which the thread sleeps, and how long at most, in milliseconds. */
const NAPS = 0.00001
const LONGEST_NAP = 400
/** The share of seconds that are claimed late. */
const LATE = 0.3

/** One thread of the race: claims what the others claim, in an order of its own, and falls asleep in the worst of places. */
const { module, memory, board, thread, until } = workerData as {
  module: string
  memory: LedgerMemory
  board: Board
  thread: number
  /** Claims of this thread at an open table. */
  until: number
}
const { SharedLedger } = (await import(module)) as typeof import('../../src/services/replay/shared-ledger.ts')
const { now, firsts, doubles, bed } = boardOf(board)
const ledger = new SharedLedger(memory)
const chance = seeded(thread + 1)
const random = () => chance.below(2 ** 32) / 2 ** 32
const exchange = Atomics.compareExchange
let naps = 0

Atomics.compareExchange = ((...args: never[]) => {
  if (random() < NAPS) {
    naps++
    Atomics.wait(bed, 0, 0, random() * LONGEST_NAP)
  }
  return Reflect.apply(exchange, Atomics, args)
}) as typeof Atomics.compareExchange

const counts = { first: 0, replayed: 0, full: 0, unready: 0 }
let claimed = 0
let second = Atomics.load(now, 0)
while (claimed < until) {
  // In step with the clock, and now and then up to two tables behind it.
  const current = Atomics.load(now, 0)
  if (Math.abs(current - second) > SPAN) second = current
  const madeAt = random() < LATE ? Math.max(BASE, current - Math.floor(random() * 2.2 * SPAN)) : second
  const start = Math.floor(random() * PROOFS_A_SECOND)
  for (let at = 0; at < PROOFS_A_SECOND; at++) {
    const proof = (madeAt - BASE) * PROOFS_A_SECOND + ((start + at) % PROOFS_A_SECOND)
    const claim = ledger.spend({ jkt: 'key', jti: `${proof}`, madeAt })
    counts[claim]++
    if (claim === 'first' || claim === 'replayed') claimed++
    if (proof >= firsts.length) throw new Error('the race has more proofs than the board')
    if (claim === 'first' && Atomics.add(firsts, proof, 1) > 0) Atomics.add(doubles, 0, 1)
  }
  if (madeAt === second) second++
  // Whoever is ahead moves the clock, so that it does not wait for those who sleep.
  if (second > current) Atomics.compareExchange(now, 0, current, current + 1)
}
parentPort?.postMessage({ ...counts, naps })
