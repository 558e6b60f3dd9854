import { describe, expect, it } from 'vitest'
import { type Attempt, tryOut } from '../../deploy/demo/attempt.ts'
import type { Bank } from '../../deploy/demo/bank.ts'
import { formatOutcome, formatTitle } from '../../deploy/demo/table.ts'
import type { Answer } from '../../deploy/demo/wire.ts'

const REFUSAL = { code: 'DPOP_HTM', cite: 'RFC 9449 §4.3(8)' }

describe('a line of the table', () => {
  it('is ok where status, code, clause and what the bank saw are as expected', async () => {
    const outcome = await attempt({ status: 401, body: REFUSAL })
    expect(outcome).toEqual({ what: 'Something bad', status: 401, ...REFUSAL, amiss: '' })
    expect(formatOutcome(outcome, false)).toMatch(/^Something bad +401 +DPOP_HTM +RFC 9449 §4\.3\(8\) +ok$/)
  })

  it.each([
    ['status 401 expected', { status: 200, body: REFUSAL }, 0],
    ['code DPOP_HTM expected', { status: 401, body: { ...REFUSAL, code: 'DPOP_HTU' } }, 0],
    ['clause RFC 9449 §4.3(8) expected', { status: 401, body: { code: 'DPOP_HTM' } }, 0],
    ['the bank saw 1 requests and not 0', { status: 401, body: REFUSAL }, 1],
    ['code DPOP_HTM expected', { status: 401, body: null }, 0],
  ])('is NOT as expected, and says why: %s', async (amiss, answer, arrivals) => {
    const outcome = await attempt(answer, arrivals)
    expect(outcome.amiss).toContain(amiss)
    expect(formatOutcome(outcome, false)).toContain('NOT as expected')
  })

  it('is NOT as expected where nothing was answered', async () => {
    const outcome = await attempt(new Error('the request failed', { cause: new Error('connection reset') }))
    expect(outcome.amiss).toBe('the request failed: connection reset')
    expect(outcome.status).toBe(0)
  })

  it('is coloured on a terminal and nowhere else, and stands under its title', async () => {
    const outcome = await attempt({ status: 401, body: REFUSAL })
    expect(formatOutcome(outcome, true)).toContain('\x1b[32mok')
    expect(formatOutcome(outcome, false)).not.toContain('\x1b')
    expect(formatOutcome(outcome, false).indexOf('DPOP_HTM')).toBe(formatTitle().indexOf('code'))
  })
})

function attempt(answer: Answer | Error, arrivals = 0) {
  const seen: Bank['seen'][number][] = []
  const bank: Bank = { seen, close: () => Promise.resolve() }
  const tried: Attempt<null> = {
    what: 'Something bad',
    status: 401,
    ...REFUSAL,
    arrivals: 0,
    run: async () => {
      for (let count = 0; count < arrivals; count++) seen.push({ method: 'GET', url: '/', fields: {} })
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  return tryOut(tried, null, bank)
}
