import { parentPort, workerData } from 'node:worker_threads'
import type { LedgerMemory } from '../../src/services/replay/shared-ledger.ts'

/** A thread that falls asleep in the middle of a claim, right before the exchange, until it is woken. */
const { module, memory, bed, once } = workerData as {
  module: string
  memory: LedgerMemory
  bed: SharedArrayBuffer
  once: { jkt: string; jti: string; madeAt: number }
}
const { SharedLedger } = (await import(module)) as typeof import('../../src/services/replay/shared-ledger.ts')
const exchange = Atomics.compareExchange
const asleep = new Int32Array(bed)
Atomics.compareExchange = ((...args: never[]) => {
  Atomics.store(asleep, 0, 1)
  Atomics.notify(asleep, 0)
  Atomics.wait(asleep, 1, 0)
  return Reflect.apply(exchange, Atomics, args)
}) as typeof Atomics.compareExchange
parentPort?.postMessage(new SharedLedger(memory).spend(once))
