import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { LedgerKeeper, ledgerMemory } from '../../src/services/replay/shared-ledger.ts'
import { ledgerModule } from '../support/ledger-variant.ts'
import { seeded } from '../support/seeded.ts'
import { boardOf, newBoard, SPAN, WORDS } from './board.ts'

export interface Result {
  /** At a table that was open: one of those that claim a proof is first. */
  readonly claims: number
  readonly first: number
  readonly replayed: number
  readonly full: number
  readonly unready: number
  /** How often a thread fell asleep in the middle of a claim. */
  readonly naps: number
  readonly turnovers: number
  readonly stepsBack: number
  readonly leaps: number
  readonly seconds: number
  /** Proofs that were accepted more than once. */
  readonly doubles: number
}

/** Many threads claim the same proofs while tables turn and the clock jumps. `weakened`: without the check that prevents doubles. */
export async function race(
  claims: number,
  count: number,
  folder: string,
  weakened: boolean,
): Promise<Result> {
  const began = performance.now()
  const memory = ledgerMemory({ span: SPAN, words: WORDS, bytes: 3 * WORDS * 8 }, 'secret')
  const board = newBoard()
  const { now, doubles } = boardOf(board)
  const keeping = keep(new LedgerKeeper(memory), now)
  const module = ledgerModule(folder, weakened)
  const threads = Array.from(
    { length: count },
    (_, thread) =>
      new Worker(new URL('./thread.ts', import.meta.url), {
        workerData: { module, memory, board, thread, until: Math.ceil(claims / count) },
        execArgv: [],
      }),
  )
  const told = await Promise.all(threads.map(async (thread) => (await once(thread, 'message'))[0] as Counts))
  const kept = await keeping.stop()
  const sum = (key: keyof Counts) => told.reduce((all, each) => all + each[key], 0)
  return {
    claims: sum('first') + sum('replayed'),
    first: sum('first'),
    replayed: sum('replayed'),
    full: sum('full'),
    unready: sum('unready'),
    naps: sum('naps'),
    ...kept,
    seconds: Math.round((performance.now() - began) / 1000),
    doubles: Atomics.load(doubles, 0),
  }
}

interface Counts {
  readonly first: number
  readonly replayed: number
  readonly full: number
  readonly unready: number
  readonly naps: number
}

/** Turns the tables as the clock goes; now and then the clock steps back by a table, or leaps ahead by one. */
function keep(keeper: LedgerKeeper, now: Int32Array) {
  const random = seeded(7)
  const kept = { turnovers: 0, stepsBack: 0, leaps: 0 }
  let generation = -1
  let running = true
  keeper.turn(Atomics.load(now, 0))
  const turning = (async () => {
    while (running) {
      const seconds = Atomics.load(now, 0)
      if (Math.floor(seconds / SPAN) !== generation) kept.turnovers++
      generation = Math.floor(seconds / SPAN)
      keeper.turn(seconds)
      const jump = random.below(ONE_IN)
      if (jump === 0) {
        kept.stepsBack++
        keeper.turn(seconds - SPAN)
        Atomics.sub(now, 0, SPAN)
      } else if (jump === 1) {
        kept.leaps++
        Atomics.add(now, 0, SPAN)
      }
      await wait(1)
    }
    return kept
  })()
  return {
    stop: () => {
      running = false
      return turning
    },
  }
}

const ONE_IN = 300
