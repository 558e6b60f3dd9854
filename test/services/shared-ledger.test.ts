import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Once } from '../../src/domain/ports.ts'
import { defaultRate, type LedgerShape, ledgerShape, TABLES } from '../../src/services/replay/ledger-shape.ts'
import {
  LedgerKeeper,
  type LedgerMemory,
  ledgerMemory,
  SharedLedger,
} from '../../src/services/replay/shared-ledger.ts'
import { NOW } from '../support/clock.ts'
import { seeded } from '../support/seeded.ts'

const SPAN = 75
const WINDOW = 60
const SKEW = 10
/** The first second of a generation, whose table is the first. */
const START = Math.ceil(NOW / (SPAN * TABLES)) * SPAN * TABLES

describe('SharedLedger', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('claims a proof once', () => {
    const { ledger } = open()
    expect([ledger.spend(proof(1)), ledger.spend(proof(1)), ledger.spend(proof(2))]).toEqual([
      'first',
      'replayed',
      'first',
    ])
  })

  it('knows a proof by key and jti together', () => {
    const { ledger } = open()
    const made = { jkt: 'a', jti: 'b', madeAt: START }
    expect(ledger.spend(made)).toBe('first')
    expect(ledger.spend({ ...made, jkt: 'c' })).toBe('first')
    expect(ledger.spend({ ...made, jkt: 'ab', jti: '' })).toBe('first')
    expect(ledger.spend({ ...made, madeAt: START + 1 })).toBe('replayed')
  })

  it('remembers a proof whose hash is that of a free place', () => {
    const { ledger } = open()
    vi.spyOn(Buffer.prototype, 'readBigInt64LE').mockReturnValue(0n)
    expect([ledger.spend(proof(1)), ledger.spend(proof(1))]).toEqual(['first', 'replayed'])
  })

  it('remembers a proof after a hundred thousand others', () => {
    const { ledger } = open(2 ** 18)
    expect(ledger.spend(proof(-1))).toBe('first')
    for (let at = 0; at < 100_000; at++) expect(ledger.spend(proof(at))).toBe('first')
    expect(ledger.spend(proof(-1))).toBe('replayed')
    for (let at = 0; at < 100_000; at += 997) expect(ledger.spend(proof(at))).toBe('replayed')
  })

  it('is full at seven tenths, stays so, and forgets nothing for it', () => {
    const { ledger, keeper } = open(64)
    const claims = Array.from({ length: 64 }, (_, at) => ledger.spend(proof(at)))
    expect(claims.filter((claim) => claim === 'first')).toHaveLength(45)
    expect(claims.slice(45)).toEqual(Array(19).fill('full'))
    expect(keeper.fill()).toBe(45 / 64)
    expect(ledger.spend(proof(0))).not.toBe('first')
    expect(ledger.spend({ ...proof(100), madeAt: START + SPAN })).toBe('first')
  })

  it('is not filled by replays', () => {
    const { ledger } = open(64)
    expect(ledger.spend(proof(0))).toBe('first')
    for (let at = 0; at < 100; at++) expect(ledger.spend(proof(0))).toBe('replayed')
    expect(ledger.spend(proof(1))).toBe('first')
  })

  it('looks at 256 words and no further, whatever was counted', () => {
    const { ledger } = open()
    const looks = vi.spyOn(Atomics, 'compareExchange').mockImplementation(() => {
      if (looks.mock.calls.length > 256) throw new Error('looks further')
      return 7n as never
    })
    expect(ledger.spend(proof(1))).toBe('full')
    expect(looks).toHaveBeenCalledTimes(256)
  })

  it('has room again where the table of an expired generation was full', () => {
    const { ledger, keeper } = open(64)
    for (let at = 0; at < 64; at++) ledger.spend(proof(at))
    keeper.turn(START + TABLES * SPAN)
    expect(keeper.fill()).toBe(0)
    expect(ledger.spend({ ...proof(0), madeAt: START + TABLES * SPAN })).toBe('first')
  })

  it('puts a proof where nobody can tell who does not know the secret', () => {
    const places = ['secret', 'another'].map((secret) => {
      const { ledger, memory } = open(1024, secret)
      ledger.spend(proof(1))
      return new BigInt64Array(memory.words).findIndex((word) => word !== 0n)
    })
    expect(places[0]).not.toBe(places[1])
  })

  it('opens the next table before its time, and none beyond', () => {
    const { ledger } = open()
    expect(ledger.spend({ ...proof(1), madeAt: START + SKEW })).toBe('first')
    expect(ledger.spend({ ...proof(2), madeAt: START + SPAN + SKEW })).toBe('first')
    expect(ledger.spend({ ...proof(3), madeAt: START + 2 * SPAN })).toBe('unready')
    expect(ledger.spend({ ...proof(4), madeAt: START - 2 * SPAN })).toBe('unready')
    expect(ledger.spend({ ...proof(5), madeAt: 0 })).toBe('unready')
  })

  it('judges nothing before its tables are opened', () => {
    const { memory } = open()
    const unopened = new SharedLedger(ledgerMemory(memory.shape, 'secret'))
    for (const madeAt of [0, SPAN, START]) expect(unopened.spend({ ...proof(1), madeAt })).toBe('unready')
  })

  it('keeps nothing of a proof that it cannot judge', () => {
    const { ledger, memory } = open()
    expect(ledger.spend({ ...proof(1), madeAt: START + 2 * SPAN })).toBe('unready')
    expect(new BigInt64Array(memory.words).every((word) => word === 0n)).toBe(true)
  })

  it('knows every live proof through many turns, and admits none twice', () => {
    const { ledger, keeper } = open(2 ** 14)
    const random = seeded(7)
    const admitted = new Map<string, Once>()
    for (let now = START; now < START + 8 * SPAN; now++) {
      keeper.turn(now)
      for (let use = 0; use < 12; use++) {
        const fresh = {
          jkt: 'k',
          jti: `${now} ${use}`,
          madeAt: now - random.below(WINDOW) + random.below(SKEW),
        }
        expect(ledger.spend(fresh)).toBe('first')
        admitted.set(fresh.jti, fresh)
      }
      for (const [jti, once] of admitted) {
        if (once.madeAt < now - WINDOW) admitted.delete(jti)
        else if (random.below(20) === 0) expect(ledger.spend(once)).toBe('replayed')
      }
    }
  })

  it('refuses what it cannot know when the clock steps back, and forgets nothing', () => {
    const { ledger, keeper } = open()
    const early = proof(1)
    expect(ledger.spend(early)).toBe('first')
    keeper.turn(START + 3 * SPAN)
    const late = { ...proof(2), madeAt: START + 3 * SPAN }
    expect(ledger.spend(late)).toBe('first')
    keeper.turn(START)
    expect(ledger.spend(early)).toBe('unready')
    expect(ledger.spend(late)).toBe('replayed')
    keeper.turn(START + 3 * SPAN)
    expect(ledger.spend(late)).toBe('replayed')
  })

  it('judges nothing by a table that is being wiped', () => {
    const { ledger, keeper } = open()
    const late = { ...proof(1), madeAt: START + TABLES * SPAN }
    const claims: string[] = []
    const { fill } = BigInt64Array.prototype
    vi.spyOn(BigInt64Array.prototype, 'fill').mockImplementation(function (this: BigInt64Array, ...how) {
      const [, from] = how
      if (from === 0) claims.push(ledger.spend(proof(1)), ledger.spend(late))
      return fill.apply(this, how)
    })
    keeper.turn(late.madeAt)
    expect(claims).toEqual(['unready', 'unready'])
    expect(ledger.spend(late)).toBe('first')
  })

  it('voids the claim of a thread that slept through a wipe', () => {
    const { keeper, ledger } = open()
    expect(ledger.spend(proof(1))).toBe('first')
    const exchange = Atomics.compareExchange
    const stalled = vi.spyOn(Atomics, 'compareExchange').mockImplementation(((...args: never[]) => {
      stalled.mockRestore()
      keeper.turn(START + 3 * SPAN)
      return Reflect.apply(exchange, Atomics, args)
    }) as typeof Atomics.compareExchange)
    expect(ledger.spend(proof(1))).toBe('unready')
  })
})

describe('LedgerKeeper', () => {
  it('tells how full the fullest table is, whichever that is', () => {
    const { ledger, keeper } = open(64)
    for (const [at, madeAt] of [START, START + SPAN, START + SPAN].entries())
      expect(ledger.spend({ ...proof(at), madeAt })).toBe('first')
    expect(keeper.fill()).toBe(2 / 64)
  })

  it('wipes what has expired, and nothing else', () => {
    const { ledger, keeper, memory } = open()
    const words = new BigInt64Array(memory.words)
    const taken = () =>
      Array.from(
        { length: TABLES },
        (_, table) =>
          words
            .slice(table * memory.shape.words, (table + 1) * memory.shape.words)
            .filter((word) => word !== 0n).length,
      )
    for (const [at, madeAt] of [START - 1, START, START, START + SPAN, START + SPAN, START + SPAN].entries())
      expect(ledger.spend({ ...proof(at), madeAt })).toBe('first')
    expect(taken()).toEqual([2, 3, 1])
    keeper.turn(START + SPAN - 1)
    expect(taken()).toEqual([2, 3, 1])
    keeper.turn(START + SPAN)
    expect(taken()).toEqual([2, 3, 0])
    keeper.turn(START + 2 * SPAN)
    expect(taken()).toEqual([0, 3, 0])
  })
})

describe('ledgerShape', () => {
  it.each([
    { rate: 1, maxAge: 60, clockSkew: 10 },
    { rate: 2_000, maxAge: 60, clockSkew: 10 },
    { rate: 13_800, maxAge: 60, clockSkew: 10 },
    { rate: 100, maxAge: 600, clockSkew: 60 },
  ])('has room for $rate proofs a second that live for $maxAge and $clockSkew s', (demand) => {
    const { span, words, bytes } = ledgerShape(demand)
    expect(span).toBeGreaterThanOrEqual(demand.maxAge + demand.clockSkew + 5)
    expect(Math.log2(words) % 1).toBe(0)
    expect(words).toBeGreaterThanOrEqual(2 * demand.rate * (span + demand.maxAge + demand.clockSkew))
    expect(bytes).toBe(TABLES * words * 8)
  })

  it.each([
    [{ maxAge: 60, clockSkew: 10 }, 13_793],
    [{ maxAge: 300, clockSkew: 10 }, 3_200],
  ])('has room for two million live proofs unless a rate is said: %o', (window, rate) => {
    expect(defaultRate(window)).toBe(rate)
    expect(ledgerShape({ rate, ...window }).bytes).toBe(96 * 2 ** 20)
  })

  it('is neither less than 1.5 MiB nor more than 1.5 GiB', () => {
    const words = (rate: number) => ledgerShape({ rate, maxAge: 60, clockSkew: 10 }).words
    expect([words(1), words(225), words(226)]).toEqual([2 ** 16, 2 ** 16, 2 ** 17])
    expect([words(220_000), words(10 ** 9)]).toEqual([2 ** 26, 2 ** 26])
  })

  it('takes 96 MiB for 13,800 proofs a second', () => {
    expect(ledgerShape({ rate: 13_800, maxAge: 60, clockSkew: 10 }).bytes).toBe(96 * 2 ** 20)
  })
})

function open(words = 1024, secret = 'secret') {
  const shape: LedgerShape = { span: SPAN, words, bytes: TABLES * words * 8 }
  const memory: LedgerMemory = ledgerMemory(shape, secret)
  const keeper = new LedgerKeeper(memory)
  keeper.turn(START)
  return { memory, keeper, ledger: new SharedLedger(memory) }
}

function proof(at: number): Once {
  return { jkt: 'key', jti: `proof ${at}`, madeAt: START }
}
