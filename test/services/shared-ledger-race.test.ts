import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { LedgerKeeper, ledgerMemory, SharedLedger } from '../../src/services/replay/shared-ledger.ts'
import { race } from '../race/race.ts'
import { NOW } from '../support/clock.ts'
import { ledgerModule } from '../support/ledger-variant.ts'

const THREADS = 6

it('of many threads that claim one proof, one is first, also while tables turn and clocks jump', async () => {
  const span = 75
  const words = 2 ** 17
  const memory = ledgerMemory({ span, words, bytes: 3 * words * 8 }, 'secret')
  const clock = new SharedArrayBuffer(4)
  const now = new Int32Array(clock)
  const keeper = new LedgerKeeper(memory)
  const tick = (seconds: number) => {
    keeper.turn(seconds)
    Atomics.store(now, 0, seconds)
  }
  tick(NOW)
  const task = { memory, clock, rounds: 60, proofsARound: 200 }
  const claiming = firstsOf(task)
  let running = true
  const ticking = (async () => {
    for (let step = 0; running; step++) {
      await wait(5)
      // Forward by leaps, and now and then back.
      tick(NOW + step * 11 - (step % 7 === 0 ? 50 : 0))
    }
  })()
  const firsts = await claiming
  running = false
  await ticking
  expect(firsts.length).toBeGreaterThan(1_000)
  expect(firsts.length - new Set(firsts).size).toBe(0)
}, 180_000)

it('and with the clock at rest every proof has its one', async () => {
  const memory = ledgerMemory({ span: 75, words: 2 ** 15, bytes: 3 * 2 ** 18 }, 'secret')
  const clock = new SharedArrayBuffer(4)
  new LedgerKeeper(memory).turn(NOW)
  Atomics.store(new Int32Array(clock), 0, NOW)
  const task = { memory, clock, rounds: 1, proofsARound: 5_000 }
  const firsts = await firstsOf(task)
  expect([firsts.length, new Set(firsts).size]).toEqual([5_000, 5_000])
  expect(new SharedLedger(memory).spend({ jkt: 'key', jti: `${NOW} 0`, madeAt: NOW })).toBe('replayed')
}, 180_000)

/** What threads that claim the same proofs were told to be the first with. */
async function firstsOf(task: object): Promise<readonly string[]> {
  const told = Array.from({ length: THREADS }, async (_, thread) => {
    const worker = new Worker(new URL('../support/wire-ledger-thread.ts', import.meta.url), {
      workerData: { ...task, thread },
      execArgv: [],
    })
    const [firsts] = await once(worker, 'message')
    return firsts as string[]
  })
  return (await Promise.all(told)).flat()
}

describe('a thread that sleeps through the wipe of its table', () => {
  const proof = { jkt: 'key', jti: 'claimed twice', madeAt: NOW }

  /** What it says of a proof that somebody else spent before the table was wiped. */
  async function claimAfterWipe(weakened: boolean): Promise<unknown> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    const span = 75
    const memory = ledgerMemory({ span, words: 2 ** 10, bytes: 3 * 2 ** 13 }, 'secret')
    const keeper = new LedgerKeeper(memory)
    keeper.turn(NOW)
    const bed = new SharedArrayBuffer(8)
    const asleep = new Int32Array(bed)
    const thread = new Worker(new URL('../support/wire-stalled-claim.ts', import.meta.url), {
      workerData: { module: ledgerModule(folder, weakened), memory, bed, once: proof },
      execArgv: [],
    })
    const said = once(thread, 'message')
    while (Atomics.load(asleep, 0) === 0) await wait(5)
    expect(new SharedLedger(memory).spend(proof)).toBe('first')
    keeper.turn(NOW + 3 * span)
    Atomics.store(asleep, 1, 1)
    Atomics.notify(asleep, 1)
    const [claim] = await said
    rmSync(folder, { recursive: true })
    return claim
  }

  it('is refused, and would not be without the second look at the header', async () => {
    expect(await claimAfterWipe(false)).toBe('unready')
    expect(await claimAfterWipe(true)).toBe('first')
  })
})

it('a race with stalls, steps of the clock and turnovers finds no double, and finds some without that look', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  expect(await race(200_000, 4, folder, false)).toMatchObject({ doubles: 0 })
  let doubles = 0
  for (let tries = 0; tries < 10 && doubles === 0; tries++)
    doubles = (await race(1_000_000, 4, folder, true)).doubles
  expect(doubles).toBeGreaterThan(0)
  rmSync(folder, { recursive: true })
}, 180_000)
