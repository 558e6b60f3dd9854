import { afterEach, expect, it, vi } from 'vitest'
import { type Arrival, Arrivals } from '../../src/gateway/arrivals.ts'
import type { Downstream } from '../../src/gateway/downstream.ts'

/** Milliseconds that each of them takes. */
let takes = 0
let judged: string[] = []
/** Whose connections are said to wait for their turn. */
const awaiting = new Set<string>()

afterEach(() => vi.restoreAllMocks())

/** From now on the clock goes only while a request is judged. */
function timed(milliseconds: number): Arrivals {
  let now = 0
  takes = milliseconds
  judged = []
  awaiting.clear()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  passes = () => {
    now += takes
  }
  return new Arrivals()
}

let passes = () => {}

/** Of an address, by its last number. */
function arrival(name: string): Arrival {
  const [from] = name.split(' ')
  const connection = { remoteAddress: `192.0.2.${from}` }
  return {
    downstream: {
      connection,
      raw: { peer: null },
      awaitsJudgement: (does: boolean) => void (does ? awaiting.add(name) : awaiting.delete(name)),
    } as unknown as Downstream,
    judge: (isTooMuch) => {
      judged.push(isTooMuch ? `${name} too much` : name)
      if (isTooMuch) return
      expect(awaiting).not.toContain(name)
      passes()
    },
  }
}

function come(arrivals: Arrivals, from: number, count: number): void {
  for (let at = 1; at <= count; at++) arrivals.add(arrival(`${from} ${at}`))
}

it('a few are judged as they come, however long that takes', () => {
  const arrivals = timed(50)
  come(arrivals, 1, 63)
  come(arrivals, 2, 1)
  expect(arrivals.size).toBe(64)
  expect(arrivals.judge()).toBe(false)
  expect(arrivals.size).toBe(0)
  expect([judged.length, judged[0], judged.at(-1)]).toEqual([64, '1 1', '2 1'])
  expect(arrivals.judge()).toBe(false)
})

it('of many those are judged that a turn has time for, one of each address in turn', () => {
  const arrivals = timed(2)
  come(arrivals, 1, 70)
  come(arrivals, 2, 2)
  expect(arrivals.judge()).toBe(true)
  expect([arrivals.size, awaiting.size]).toEqual([67, 67])
  expect(judged).toEqual(['1 1', '2 1', '1 2', '2 2', '1 3'])
})

it('who comes later waits for no more than one of each that is there', () => {
  const arrivals = timed(2)
  come(arrivals, 1, 100)
  come(arrivals, 2, 100)
  arrivals.judge()
  judged = []
  come(arrivals, 3, 1)
  expect(arrivals.judge()).toBe(true)
  expect(judged.indexOf('3 1')).toBe(2)
})

it('all are judged in the end, and then a few are again as they come', () => {
  const arrivals = timed(1)
  come(arrivals, 1, 100)
  let turns = 1
  while (arrivals.judge()) turns++
  expect([turns, judged.length, new Set(judged).size]).toEqual([10, 100, 100])
  come(arrivals, 1, 64)
  expect(arrivals.judge()).toBe(false)
  expect(judged.length).toBe(164)
})

it('one takes more than the time of a turn, and is judged in it', () => {
  const arrivals = timed(1_000)
  come(arrivals, 1, 65)
  expect(arrivals.judge()).toBe(true)
  expect(judged).toEqual(['1 1'])
})

it('where very many wait, who has no less than an equal part is told that it is too much, and nobody else', () => {
  const arrivals = timed(10)
  come(arrivals, 1, 9_999)
  come(arrivals, 2, 3)
  come(arrivals, 1, 1)
  arrivals.judge()
  expect(judged).toEqual(['1 1 too much', '1 1'])
})
