import { describe, expect, it } from 'vitest'
import { RecentRefusals } from '../../../src/services/refusals/recent-refusals.ts'

const refusal =
  (id: string, time = 'now') =>
  () => ({ interaction_id: id, time })
/** Of a clock that a second passes on between any two refusals. */
const kept = (limit: number) => {
  let now = 0
  return new RecentRefusals(limit, () => {
    now += 1_000
    return now
  })
}

describe('RecentRefusals', () => {
  it('keeps the last ones, the newest first', () => {
    const recent = kept(3)
    for (const id of ['a', 'b', 'c', 'd', 'e']) recent.keep(refusal(id))
    expect(recent.all().map((each) => each.interaction_id)).toEqual(['e', 'd', 'c'])
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
    expect(recent.all()).toEqual([])
  })

  it('makes a tenth of them in a second, so that a flood costs little', () => {
    let now = 0
    const recent = new RecentRefusals(20, () => now)
    const made: string[] = []
    const flood = (id: string) =>
      recent.keep(() => {
        made.push(id)
        return refusal(id)()
      })
    for (const id of ['a', 'b', 'c', 'd']) flood(id)
    now = 999
    flood('e')
    now = 1_000
    for (const id of ['f', 'g', 'h']) flood(id)
    expect(made).toEqual(['a', 'b', 'f', 'g'])
    expect(recent.all()).toHaveLength(4)
  })
})
