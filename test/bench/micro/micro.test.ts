import { hash } from 'node:crypto'
import { expect, it } from 'vitest'
import { MICROS } from './main.ts'
import { cycling, timed } from './micro.ts'

it('a call is timed by the CPU that it takes', () => {
  const work = (times: number) => () => {
    for (let time = 0; time < times; time++) hash('sha256', OCTETS)
  }
  const short = timed({ title: '', once: work(10) }, 5, 10).median
  const long = timed({ title: '', once: work(100) }, 5, 10).median
  expect(long / short).toBeGreaterThan(3)
})

it('every one does what its title says, and no two have the same', () => {
  const titles = MICROS.flatMap((make) =>
    make().map(({ title, once }) => {
      once()
      return title
    }),
  )
  expect(new Set(titles).size).toBe(titles.length)
})

it('a list goes round', () => {
  const next = cycling([1, 2])
  expect([next(), next(), next()]).toEqual([1, 2, 1])
})

const OCTETS = Buffer.alloc(2_000)
