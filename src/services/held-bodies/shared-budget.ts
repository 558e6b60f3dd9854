import { hash, randomBytes } from 'node:crypto'
import type { BodyBudget, BodyMemory } from '../../domain/ports.ts'

/**
 * A count of octets in memory that all threads share: one atomic step to take, one to give back. Each thread's own part is
 * counted besides, so that what one that died had taken can be given back.
 */
export class SharedBudget implements BodyBudget, BodyMemory {
  readonly #limit: number
  readonly #counts: BigInt64Array
  readonly #thread: number
  /** Places by client, for the same few ask again and again. Bounded. */
  readonly #places = new Map<string, number>()

  /** `memory` as made by `budgetMemory`; `limit` in octets; `thread` from 1. */
  constructor(memory: SharedArrayBuffer, limit: number, thread = 1) {
    this.#counts = new BigInt64Array(memory)
    this.#limit = limit
    this.#thread = thread
  }

  take(octets: number): boolean {
    if (this.#add(ALL, octets) <= this.#limit) return true
    this.give(octets)
    return false
  }

  give(octets: number): void {
    this.#add(ALL, -octets)
  }

  /**
   * A client takes memory with what it announces, and keeps it by sending nothing. So it may have as much as it leaves, and one body in any
   * case: a few clients that hold all they can leave some for the next.
   */
  of(client: string): BodyBudget {
    const place = this.#placeOf(client)
    let own = 0
    const give = (octets: number) => {
      own -= octets
      this.#add(place, -octets)
      this.give(octets)
    }
    const take = (octets: number) => {
      if (!this.take(octets)) return false
      own += octets
      const its = this.#add(place, octets)
      if (its === own || its <= this.#limit - this.taken) return true
      give(octets)
      return false
    }
    return { take, give }
  }

  /** Octets that all threads have taken. */
  get taken(): number {
    return Number(Atomics.load(this.#counts, ALL))
  }

  /** Keyed, so that nobody can choose whose place he shares. */
  #placeOf(client: string): number {
    const known = this.#places.get(client)
    if (known !== undefined) return known
    const digest = hash('sha256', `${this.#counts[SECRET]} ${client}`, 'buffer')
    const place = FIRST + (digest.readUInt32LE() % CLIENTS)
    if (this.#places.size >= PLACES_AT_MOST) this.#places.clear()
    this.#places.set(client, place)
    return place
  }

  /** Returns what all threads have taken there now. */
  #add(place: number, octets: number): number {
    Atomics.add(this.#counts, this.#thread * ROW + place, BigInt(octets))
    return Number(Atomics.add(this.#counts, place, BigInt(octets))) + octets
  }
}

export function budgetMemory(threads = 1): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((1 + threads) * ROW * BigInt64Array.BYTES_PER_ELEMENT)
  new BigInt64Array(memory)[SECRET] = randomBytes(8).readBigInt64LE()
  return memory
}

/** Gives back what a thread had taken that has ended, and gives nothing back itself any more. */
export function giveBackOf(thread: number, memory: SharedArrayBuffer): void {
  const counts = new BigInt64Array(memory)
  for (let place = ALL; place < ROW; place++)
    Atomics.sub(counts, place, Atomics.exchange(counts, thread * ROW + place, 0n))
}

/** A row has the secret, the sum of all clients, and one for each of so many, of which some share theirs. */
const SECRET = 0
const ALL = 1
const FIRST = 2
const CLIENTS = 4_094
/** The first row is that of all threads together; the threads have theirs from 1. */
const ROW = FIRST + CLIENTS
const PLACES_AT_MOST = 1024
