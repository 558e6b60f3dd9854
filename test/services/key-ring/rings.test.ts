import { describe, expect, it, vi } from 'vitest'
import { Budget, commonBudget } from '../../../src/services/key-ring/budget.ts'
import { RemoteKeyRing } from '../../../src/services/key-ring/remote.ts'
import { aKey, published, type SigningKey } from '../../support/keys.ts'

const [FIRST, SECOND] = [aKey('ES256', 'one'), aKey('ES256', 'two')]
const HOUR = 3_600_000
/** When the server does not say for how long they may be kept, and with the time of a fetch. */
const DUE = 80_000
const JWKS_URI = 'https://as.example/jwks'

describe('RemoteKeyRing', () => {
  it('asks while it has nothing, and has the keys after one fetch', async () => {
    const { ring, server } = aRing()
    expect([ring.candidates(FIRST.kid), ring.standing(FIRST.kid)]).toEqual([[], 'ask'])
    expect(await ring.ask(FIRST.kid)).toBe(true)
    expect(ring.candidates(FIRST.kid).map(({ kid }) => kid)).toEqual([FIRST.kid])
    expect(server.fetches).toBe(1)
  })

  it('fetches once for all who wait', async () => {
    const { ring, server } = aRing()
    await Promise.all(Array.from({ length: 50 }, () => ring.ask(FIRST.kid)))
    expect(server.fetches).toBe(1)
  })

  it('fetches at most a handful for made-up names, then one each ten seconds', async () => {
    const { ring, server, clock } = aRing()
    await ring.ask(FIRST.kid)
    for (let at = 0; at < 200; at++)
      if (ring.standing(`made-up-${at}`) === 'ask') await ring.ask(`made-up-${at}`)
    expect(server.fetches).toBe(7)
    expect(ring.standing('made-up-one-more')).toBe('absent')
    clock.now += 10_000
    expect(ring.standing('made-up-one-more')).toBe('ask')
    await ring.ask('made-up-one-more')
    expect([server.fetches, ring.standing('made-up-another')]).toEqual([8, 'absent'])
  })

  it('10,000 made-up names in a minute delay neither a good token nor the scheduled refresh', async () => {
    vi.useFakeTimers()
    const { ring, server, clock } = aRing()
    ring.start()
    await vi.advanceTimersByTimeAsync(0)
    const started = server.fetches
    server.keys = [FIRST]
    for (let at = 0; at < 10_000; at++) {
      if (ring.standing(`made-up-${at}`) === 'ask') await ring.ask(`made-up-${at}`)
      expect([ring.candidates(FIRST.kid).length, ring.standing(FIRST.kid)]).toEqual([1, 'absent'])
      if (at === 9_000) server.keys = [FIRST, SECOND]
      clock.now += 6
      await vi.advanceTimersByTimeAsync(6)
    }
    // The six of the budget, one more each ten seconds, and the one that was due.
    expect([started, server.fetches]).toEqual([1, 1 + 6 + 5 + 1])
    expect(ring.candidates(SECOND.kid)).toHaveLength(1)
    ring.stop()
    vi.useRealTimers()
  })

  it('remembers for a minute that a name was not there', async () => {
    const { ring, server, clock } = aRing()
    await ring.ask('made-up')
    expect(ring.standing('made-up')).toBe('absent')
    clock.now += 60_001
    expect(ring.standing('made-up')).toBe('ask')
    expect(server.fetches).toBe(1)
  })

  it('has a new key at the first token that names it', async () => {
    const { ring, server } = aRing()
    await ring.ask(FIRST.kid)
    server.keys = [FIRST, SECOND]
    expect(ring.standing(SECOND.kid)).toBe('ask')
    expect(await ring.ask(SECOND.kid)).toBe(true)
    expect(ring.candidates(SECOND.kid)).toHaveLength(1)
  })

  it('keeps the object of a key that did not change, and drops one that was withdrawn', async () => {
    const { ring, server } = aRing()
    await ring.ask(FIRST.kid)
    const key = ring.candidates(FIRST.kid)[0]!
    server.keys = [FIRST, SECOND]
    await ring.ask(SECOND.kid)
    expect([ring.candidates(FIRST.kid)[0], ring.holds(key)]).toEqual([key, true])
    server.keys = [SECOND]
    await ring.ask('made-up')
    expect([ring.candidates(FIRST.kid), ring.holds(key)]).toEqual([[], false])
  })

  it.each([
    ['a key of a fetch under way, though none may be begun for it', 0, 2],
    ['one that was published behind it, by a fetch of its own', 1, 3],
  ])('has %s', async (_, budget, fetches) => {
    const { ring, server } = aRing(new Budget(budget, HOUR, 0))
    await ring.ask(FIRST.kid)
    if (budget === 0) server.keys = [FIRST, SECOND]
    server.late = new Promise((resolve) => setTimeout(resolve, 10))
    ring.start()
    server.keys = [FIRST, SECOND]
    expect(await ring.ask(SECOND.kid)).toBe(true)
    expect([ring.candidates(SECOND.kid).length, server.fetches]).toEqual([1, fetches])
    ring.stop()
  })

  it('remembers of no name that it was not there where that was asked before, and may not be again', async () => {
    const common = new Budget(1, 10_000, 1_000)
    const { ring, server, clock } = aRing(common)
    await ring.ask(FIRST.kid)
    server.late = new Promise((resolve) => setTimeout(resolve, 10))
    ring.start()
    server.keys = [FIRST, SECOND]
    common.take(clock.now)
    expect([await ring.ask(SECOND.kid), ring.standing(SECOND.kid)]).toEqual([true, 'absent'])
    clock.now += 10_000
    expect(ring.standing(SECOND.kid)).toBe('ask')
    ring.stop()
  })

  it('tells a thread how long a name need not be asked about, and what holds of all others while none may be fetched', async () => {
    const { ring, server, clock } = aRing(new Budget(1, HOUR, 1_000))
    expect(await ring.answer('made-up')).toEqual({ fetched: true, missingFor: 60_000, standing: null })
    clock.now += 1_000
    expect(await ring.answer('made-up')).toEqual({ fetched: true, missingFor: 59_000, standing: null })
    expect(await ring.answer(FIRST.kid)).toEqual({ fetched: true, missingFor: 0, standing: null })
    expect(await ring.answer('another')).toEqual({ fetched: true, missingFor: 60_000, standing: null })
    expect(await ring.answer('one more')).toEqual({ fetched: true, missingFor: 0, standing: 'absent' })
    server.keys = null
    await ring.refresh()
    expect(await ring.answer('one more')).toEqual({ fetched: false, missingFor: 0, standing: 'unavailable' })
    expect(await ring.answer('made-up')).toEqual({ fetched: true, missingFor: 59_000, standing: null })
    ring.stop()
  })

  it('is fetched anew for an operator, whatever is under way: that may have begun before a key was withdrawn', async () => {
    const { ring, server } = aRing()
    const asking = ring.ask(FIRST.kid)
    expect([await ring.refresh(), await asking, server.fetches]).toEqual([true, true, 2])
    ring.stop()
  })

  it('serves the last keys through an outage, for as long as it may', async () => {
    const { ring, server, clock } = aRing()
    await ring.ask(FIRST.kid)
    const key = ring.candidates(FIRST.kid)[0]!
    server.keys = null
    expect(await ring.ask('made-up')).toBe(false)
    expect([ring.holds(key), ring.candidates(FIRST.kid).length]).toEqual([true, 1])
    clock.now += DUE + HOUR
    expect(ring.holds(key)).toBe(true)
    clock.now += 1
    expect([ring.holds(key), ring.candidates(FIRST.kid)]).toEqual([false, []])
  })

  it('serves keys until they are due and could have been fetched, also where nothing outlives an outage', async () => {
    const { ring, clock } = aRing(commonBudget(1_000), 0)
    await ring.ask(FIRST.kid)
    expect([ring.candidates(FIRST.kid).length, ring.edition()?.servesFor]).toEqual([1, DUE])
    clock.now += DUE
    expect(ring.candidates(FIRST.kid)).toHaveLength(1)
    clock.now += 1
    expect([ring.candidates(FIRST.kid), ring.edition()]).toEqual([[], null])
  })

  it('is fetched again a minute after a fetch failed, however long the one before may be kept', async () => {
    vi.useFakeTimers()
    const { ring, server, clock } = aRing()
    const pass = async (milliseconds: number) => {
      clock.now += milliseconds
      await vi.advanceTimersByTimeAsync(milliseconds)
    }
    server.maxAge = 600
    ring.start()
    await pass(0)
    server.keys = null
    await pass(600_000)
    expect([server.fetches, ring.state().next_refresh]).toEqual([2, 60])
    // It is there again, and one of its keys was stolen meanwhile.
    server.keys = [SECOND]
    await pass(60_000)
    expect([server.fetches, ring.candidates(FIRST.kid).length, ring.state().next_refresh]).toEqual([
      3, 0, 600,
    ])
    ring.stop()
    vi.useRealTimers()
  })

  it('says of made-up names in an outage that it cannot tell, and stops asking', async () => {
    const { ring, server } = aRing()
    await ring.ask(FIRST.kid)
    server.keys = null
    for (let at = 0; at < 50; at++)
      if (ring.standing(`made-up-${at}`) === 'ask') await ring.ask(`made-up-${at}`)
    expect(ring.standing('made-up')).toBe('unavailable')
    expect(server.fetches).toBe(7)
    expect(ring.standing(FIRST.kid)).toBe('absent')
  })

  it('rests between tries while it has nothing', async () => {
    const { ring, server, clock } = aRing()
    server.keys = null
    expect(await ring.ask(FIRST.kid)).toBe(false)
    expect(ring.standing(FIRST.kid)).toBe('unavailable')
    clock.now += 1_000
    expect(ring.standing(FIRST.kid)).toBe('ask')
    server.keys = [FIRST]
    expect(await ring.ask(FIRST.kid)).toBe(true)
  })

  it.each([
    ['an empty set', { keys: [] }],
    ['no set', { x: 1 }],
    ['a text', 'keys'],
    ['secrets alone', { keys: [{ kty: 'oct', k: 'AA' }] }],
  ])('does not trade good keys for %s', async (_, document) => {
    const { ring, server } = aRing()
    await ring.ask(FIRST.kid)
    server.document = document
    expect(await ring.ask('made-up')).toBe(false)
    // Nobody has said that there is no such key.
    expect([ring.standing('made-up'), ring.candidates(FIRST.kid).length]).toEqual(['ask', 1])
    expect(server.problems.at(-1)).toBe(`${JWKS_URI} holds no usable key`)
  })
})

describe('the budget of all rings together', () => {
  it('holds made-up names of many issuers back, and no ring that has keys to fetch', async () => {
    const common = commonBudget(1_000)
    const rings = Array.from({ length: 10 }, () => aRing(common))
    for (const { ring } of rings) await ring.ask(FIRST.kid)
    for (const { ring } of rings) for (let at = 0; at < 20; at++) await ring.ask(`made-up ${at}`)
    expect(rings.reduce((sum, { server }) => sum + server.fetches, 0)).toBe(10 + 30)
    expect(rings.at(-1)!.ring.standing('another')).toBe('absent')
    expect(rings.at(-1)!.ring.candidates(FIRST.kid)).toHaveLength(1)
  })
})

describe('the state of a ring', () => {
  it('tells the keys, how old they are, when they are fetched next, and what went wrong', async () => {
    const { ring, server, clock } = aRing()
    expect(ring.state()).toEqual({ kids: [], age: null, next_refresh: null, problem: null, shared: [] })
    await ring.ask(FIRST.kid)
    clock.now += 5_000
    expect(ring.state()).toMatchObject({ kids: [FIRST.kid], age: 5, problem: null })
    server.keys = null
    await ring.ask('made-up')
    expect(ring.state()).toMatchObject({ kids: [FIRST.kid], problem: 'connection refused' })
    clock.now += 2 * HOUR
    expect(ring.state()).toMatchObject({ kids: [], age: 7205, problem: 'connection refused' })
  })

  it.each([
    [null, 60],
    [0, 60],
    [300, 300],
    [86_400, 600],
  ])('with max-age %s the next fetch is %i seconds away', async (maxAge, seconds) => {
    const { ring, server } = aRing()
    server.maxAge = maxAge
    ring.start()
    await expect.poll(() => ring.state().next_refresh).toBe(seconds)
    ring.stop()
  })

  it('while there are no keys it is two seconds away', async () => {
    const { ring, server } = aRing()
    server.keys = null
    ring.start()
    await expect.poll(() => ring.state().next_refresh).toBe(2)
    ring.stop()
  })
})

/** A ring on a clock that stands still unless told, and the server that it asks. */
function aRing(common: Budget = commonBudget(1_000), staleFor = HOUR) {
  const clock = { now: 1_000 }
  const server = {
    fetches: 0,
    keys: [FIRST] as readonly SigningKey[] | null,
    late: null as unknown,
    document: undefined as unknown,
    maxAge: null as number | null,
    problems: [] as (string | null)[],
  }
  const ring = new RemoteKeyRing({
    fetchJwks: async () => {
      server.fetches++
      const { keys } = server
      await server.late
      if (keys === null) throw new Error('connection refused')
      const value = server.document ?? published(...keys)
      return { url: JWKS_URI, value, maxAge: server.maxAge }
    },
    common,
    staleFor,
    clock: () => clock.now,
    onFetch: (_, problem) => void server.problems.push(problem),
  })
  return { ring, server, clock }
}
