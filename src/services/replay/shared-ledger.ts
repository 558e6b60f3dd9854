import { hash } from 'node:crypto'
import type { Claim, Once, ReplayLedger } from '../../domain/ports.ts'
import { type LedgerShape, TABLES } from './ledger-shape.ts'

/** What every thread needs to claim proofs in one and the same memory. Structured-cloneable. */
export interface LedgerMemory {
  readonly shape: LedgerShape
  /** Three tables of 64-bit words; 0: free. A word changes once, from 0 to a proof's key, until its table is wiped. */
  readonly words: SharedArrayBuffer
  /** For each table: the generation it is open for (it only grows), and how many words are taken. */
  readonly headers: SharedArrayBuffer
  /** Keys the hash, so that nobody outside can aim at one place of a table. */
  readonly secret: string
}

export function ledgerMemory(shape: LedgerShape, secret: string): LedgerMemory {
  const headers = new SharedArrayBuffer(TABLES * 2 * 8)
  new BigInt64Array(headers).fill(CLOSED, 0, TABLES)
  return { shape, words: new SharedArrayBuffer(shape.bytes), headers, secret }
}

/**
 * Claims proofs in shared memory. Which table a proof belongs to is said by the proof alone (`madeAt`), so all threads
 * look in the same place whatever their clocks say; there all meet the same first free word, and one exchange decides.
 */
export class SharedLedger implements ReplayLedger {
  readonly #memory: LedgerMemory
  readonly #words: BigInt64Array
  readonly #headers: BigInt64Array
  readonly #mask: number
  /** Of the proof at hand: memory of its own for each costs more than the hash. */
  readonly #digest = Buffer.alloc(32)

  constructor(memory: LedgerMemory) {
    this.#memory = memory
    this.#words = new BigInt64Array(memory.words)
    this.#headers = new BigInt64Array(memory.headers)
    this.#mask = memory.shape.words - 1
  }

  spend(once: Once): Claim {
    const { span, words } = this.#memory.shape
    const generation = Math.floor(once.madeAt / span)
    const table = generation % TABLES
    if (!this.#isOpen(table, generation)) return 'unready'
    if (Number(Atomics.load(this.#headers, TABLES + table)) >= FILL * words) return 'full'
    this.#digest.write(hash('sha256', `${this.#memory.secret}${once.jkt}.${once.jti}`, 'binary'), 'latin1')
    const key = this.#digest.readBigInt64LE(0) || 1n
    const first = this.#digest.readUInt32LE(8)
    const claim = this.#claim(table * words, first, key)
    // A thread that slept through a wipe has written into another generation's table: its claim counts for nothing.
    if (!this.#isOpen(table, generation)) return 'unready'
    if (claim === 'first') Atomics.add(this.#headers, TABLES + table, 1n)
    return claim
  }

  #claim(base: number, first: number, key: bigint): Claim {
    for (let probe = 0; probe < PROBES; probe++) {
      const found = Atomics.compareExchange(this.#words, base + ((first + probe) & this.#mask), 0n, key)
      if (found === 0n) return 'first'
      if (found === key) return 'replayed'
    }
    return 'full'
  }

  #isOpen(table: number, generation: number): boolean {
    return Atomics.load(this.#headers, table) === BigInt(generation)
  }
}

/** Opens tables ahead of time and wipes those whose proofs are all expired. One alone may run on a memory. */
export class LedgerKeeper {
  readonly #memory: LedgerMemory
  readonly #words: BigInt64Array
  readonly #headers: BigInt64Array

  constructor(memory: LedgerMemory) {
    this.#memory = memory
    this.#words = new BigInt64Array(memory.words)
    this.#headers = new BigInt64Array(memory.headers)
  }

  /**
   * Makes the last, the current and the next generation ready. `now` in Unix seconds; a clock that steps back opens
   * nothing (headers only grow), so proofs of a retired generation stay refused until it has caught up.
   */
  turn(now: number): void {
    const current = Math.floor(now / this.#memory.shape.span)
    for (const generation of [current - 1, current, current + 1]) this.#open(generation)
  }

  /** The fullest table, 0 to 1; refusals begin at 0.7. */
  fill(): number {
    let most = 0
    for (let table = 0; table < TABLES; table++) {
      most = Math.max(most, Number(Atomics.load(this.#headers, TABLES + table)) / this.#memory.shape.words)
    }
    return most
  }

  #open(generation: number): void {
    const table = generation % TABLES
    const held = Atomics.load(this.#headers, table)
    if (held >= BigInt(generation)) return
    const { words } = this.#memory.shape
    // Closed first: claims that began before are void, claims that come now are told to try again.
    Atomics.store(this.#headers, table, CLOSED)
    if (held !== CLOSED) this.#words.fill(0n, table * words, (table + 1) * words)
    Atomics.store(this.#headers, TABLES + table, 0n)
    Atomics.store(this.#headers, table, BigInt(generation))
  }
}

/** No generation: before the first is opened, and while a table is wiped. */
const CLOSED = -1n
const PROBES = 256
const FILL = 0.7
