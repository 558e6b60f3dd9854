import { parentPort, workerData } from 'node:worker_threads'
import { type LedgerMemory, SharedLedger } from '../../src/services/replay/shared-ledger.ts'

/** One of many threads that claim the same proofs, each in an order of its own and with naps in the worst of places. */
interface Task {
  readonly memory: LedgerMemory
  /** Unix seconds, as the control thread says. */
  readonly clock: SharedArrayBuffer
  readonly thread: number
  readonly rounds: number
  readonly proofsARound: number
}

const { memory, clock, thread, rounds, proofsARound } = workerData as Task
const ledger = new SharedLedger(memory)
const now = new Int32Array(clock)
const bed = new Int32Array(new SharedArrayBuffer(4))
const exchange = Atomics.compareExchange
let exchanges = 0

Atomics.compareExchange = ((...args: never[]) => {
  if (++exchanges % 97 === thread) Atomics.wait(bed, 0, 0, exchanges % 3)
  return Reflect.apply(exchange, Atomics, args)
}) as typeof Atomics.compareExchange

const firsts: string[] = []
for (let round = 0; round < rounds; round++) {
  const madeAt = Atomics.load(now, 0) - (round % 40)
  for (let at = 0; at < proofsARound; at++) {
    const turned = (at * 7 + thread * 13) % proofsARound
    // The proof says when it was made; all threads see the same proof, so its name and its time go together.
    const jti = `${madeAt} ${turned}`
    if (ledger.spend({ jkt: 'key', jti, madeAt }) === 'first') firsts.push(jti)
  }
}
parentPort?.postMessage(firsts)
