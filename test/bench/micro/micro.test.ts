import { expect, it } from 'vitest'
import { MICROS } from './main.ts'
import { cycling, timed } from './micro.ts'

it('a call is timed by the CPU that it takes', () => {
  const spin = (micros: number) => () => {
    const until = performance.now() + micros / 1000
    while (performance.now() < until);
  }
  const short = timed({ title: '', once: spin(50) }, 3, 2).median
  const long = timed({ title: '', once: spin(500) }, 3, 2).median
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
