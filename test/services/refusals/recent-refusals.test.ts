import { describe, expect, it } from 'vitest'
import { RecentRefusals } from '../../../src/services/refusals/recent-refusals.ts'

const refusal = (id: string, time = 'now') => ({ interaction_id: id, time })

describe('RecentRefusals', () => {
  it('keeps the last ones, the newest first', () => {
    const recent = new RecentRefusals(3)
    for (const id of ['a', 'b', 'c', 'd', 'e']) recent.keep(refusal(id))
    expect(recent.all().map((each) => each.interaction_id)).toEqual(['e', 'd', 'c'])
    expect(recent.find('a')).toEqual([])
  })

  it('finds all that have the id, in whatever case', () => {
    const recent = new RecentRefusals(3)
    for (const time of ['1', '2']) recent.keep(refusal('AB-1', time))
    expect(recent.find('ab-1').map(({ time }) => time)).toEqual(['2', '1'])
    expect(recent.find('ab')).toEqual([])
  })

  it('keeps none where the limit is none', () => {
    const recent = new RecentRefusals(0)
    recent.keep(refusal('a'))
    expect(recent.all()).toEqual([])
  })
})
