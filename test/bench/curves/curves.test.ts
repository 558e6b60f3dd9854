import { expect, it } from 'vitest'
import type { Load } from '../load/load.ts'
import { kibibytes, mebibytes, Numbers } from './curve.ts'
import { costAt, cpuLine, interleaved } from './interleaved.ts'
import { CURVES } from './main.ts'
import { proofs } from './proofs.ts'

function aLoad(cpu: number): Load {
  return { cpu, perSecond: 1, p50: 1, p99: 1, p999: 1, busiest: 1 }
}

it('points take turns, there and back, and the rounds that warm up do not count', async () => {
  const ran: number[] = []
  const found = await interleaved([1, 10], { warmUp: 1, counted: 2 }, async (point) =>
    aLoad(point * 100 + ran.push(point)),
  )
  expect(ran).toEqual([1, 10, 10, 1, 1, 10])
  expect([...found].map(([point, loads]) => [point, loads.map(({ cpu }) => cpu)])).toEqual([
    [1, [104, 105]],
    [10, [1003, 1006]],
  ])
})

it('a line has the middle of the rounds, a ratio that of the rounds apart', () => {
  const points = new Map([
    [1, [10, 20, 30].map(aLoad)],
    [9, [11, 30, 30].map(aLoad)],
  ])
  expect(cpuLine(points)).toEqual([
    [1, 20],
    [9, 30],
  ])
  expect(costAt(points, 9, 1)).toEqual({ median: 1.1, least: 1, most: 1.5 })
  expect(costAt(points, 9, 2)).toBe(null)
})

it('numbers are spread, go on, and are the same in each run', () => {
  const numbers = new Numbers(100)
  const some = numbers.take(10_000)
  expect(some).toEqual(new Numbers(100).take(10_000))
  expect(some).not.toEqual(numbers.take(10_000))
  expect(new Set(some).size).toBe(100)
  expect([Math.min(...some), Math.max(...some)]).toEqual([0, 99])
  expect(new Set(new Numbers(1).take(100))).toEqual(new Set([0]))
})

it('sizes are written with their unit', () => {
  expect(kibibytes(1536)).toBe('1.5 KiB')
  expect(mebibytes(100 * 2 ** 20)).toBe('100 MiB')
})

it('the ledger is filled until it says so, and its memory is stated', async () => {
  const { lines, facts } = await proofs.run(undefined as never, true)
  const live = lines[0]?.points.map(([at]) => at) ?? []
  expect(live.at(-1)).toBeGreaterThan(40_000)
  expect(facts[0]).toMatch(/takes 2 MiB in 3 tables.* holds \d+,\d+ live proofs, \d+\.\d octets each/)
})

it('curves have names of their own', () => {
  expect(new Set(CURVES.map(({ key }) => key)).size).toBe(CURVES.length)
})
