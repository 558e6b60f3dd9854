import { describe, expect, it } from 'vitest'
import { RecentRefusals } from '../../../src/services/refusals/recent-refusals.ts'

const refusal =
  (id: string, time = 'now') =>
  () => ({ interaction_id: id, time })
/** Of a clock that an hour passes on between any two refusals. */
const kept = (limit: number) => {
  let now = 0
  return new RecentRefusals(limit, () => {
    now += 3_600_000
    return now
  })
}

describe('RecentRefusals', () => {
  it('keeps the last ones, the newest first', () => {
    const recent = kept(3)
    for (const id of ['a', 'b', 'c', 'd', 'e']) recent.keep(refusal(id))
    expect(recent.find(null).map((each) => each.interaction_id)).toEqual(['e', 'd', 'c'])
    expect(recent.find('a')).toEqual([])
  })

  it('finds all that have the id, in whatever case', () => {
    const recent = kept(3)
    for (const time of ['1', '2']) recent.keep(refusal('AB-1', time))
    expect(recent.find('ab-1').map(({ time }) => time)).toEqual(['2', '1'])
    expect(recent.find('ab')).toEqual([])
  })

  it('keeps none where the limit is none', () => {
    const recent = kept(0)
    recent.keep(refusal('a'))
    expect(recent.find(null)).toEqual([])
  })

  it('makes a tenth of them at once and a hundredth in a second, so that a flood costs little and washes little away', () => {
    let now = 0
    const recent = new RecentRefusals(200, () => now)
    let made = 0
    const flood = (times: number) => {
      for (let time = 0; time < times; time++)
        recent.keep(() => {
          made++
          return refusal(`${made}`)()
        })
      return made
    }
    expect(flood(1_000)).toBe(20)
    now = 499
    expect(flood(1_000)).toBe(20)
    now = 500
    expect(flood(1_000)).toBe(21)
    for (; now < 60_500; now += 10) flood(10)
    expect(made).toBe(20 + 120)
    now += 3_600_000
    expect(flood(1_000)).toBe(20 + 120 + 20)
    expect(recent.find(null)).toHaveLength(160)
  })
})
