import { expect, it } from 'vitest'
import { WatchedClock } from '../../src/services/replay/watched-clock.ts'

it.each([
  [3_600, 3_600],
  [-3_600, 3_600],
  [3, 3],
  [-3, 3],
  [1, 0],
  [-1, 0],
])(
  'a clock that was set by %i s is noticed, in either direction, and not one that is off by one',
  (by, told) => {
    let set = 0
    const clock = new WatchedClock(() => performance.now() / 1000 + set)
    expect(clock.setBy).toBe(0)
    set = by
    expect(Math.round(clock.setBy)).toBe(told)
    clock.look()
    expect(clock.setBy).toBe(0)
  },
)
