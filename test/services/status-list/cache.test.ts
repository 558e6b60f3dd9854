import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type FetchedList,
  StatusListCache,
  type StatusListCacheOptions,
} from '../../../src/services/status-list/cache.ts'
import { NOW } from '../../support/clock.ts'

const URI = 'https://as.bank.example/statuslists/1'

function aList(changes: Partial<FetchedList> = {}): FetchedList {
  return { bits: 1, octets: Buffer.of(0), issuedAt: NOW, expiresAt: null, ttl: null, ...changes }
}

/** A cache on a clock that the test sets; what the server says next is the test's as well. */
function aCache(options: Partial<StatusListCacheOptions> = {}) {
  const world = { clock: 0, fetches: 0, outcomes: [] as string[], next: (): FetchedList => aList() }
  const cache = new StatusListCache({
    fetchList: async () => {
      world.fetches++
      await Promise.resolve()
      return world.next()
    },
    maxAge: 300_000,
    stale: 60_000,
    maxLists: 2,
    clock: () => world.clock,
    now: () => NOW,
    onFetch: (outcome) => world.outcomes.push(outcome),
    ...options,
  })
  return { cache, world }
}

const down = (): FetchedList => {
  throw new Error('down')
}

describe('a status list cache', () => {
  it('fetches once for all who wait, and then not while the list is fresh', async () => {
    const { cache, world } = aCache()
    expect(cache.held(URI, NOW)).toBe('ask')
    await Promise.all([cache.ask(URI), cache.ask(URI), cache.ask(URI)])
    world.clock = 299_999
    expect(cache.held(URI, NOW)).toMatchObject({ bits: 1 })
    expect(world.fetches).toBe(1)
  })

  it.each([
    ['its ttl', { ttl: 30 }, 30_000],
    ['its exp', { ttl: 30, expiresAt: NOW + 20 }, 20_000],
    ['our bound', { ttl: 43_200 }, 300_000],
    ['our least', { ttl: 0.001 }, 1_000],
  ])('keeps a list for %s', async (_, changes, life) => {
    const { cache, world } = aCache({ stale: 0 })
    world.next = () => aList(changes)
    await cache.ask(URI)
    world.clock = life - 1
    expect(cache.held(URI, NOW)).toHaveProperty('bits')
    world.clock = life
    expect(cache.held(URI, NOW)).toBe('ask')
  })

  it('never uses a list past its exp, not even a stale one', async () => {
    const { cache, world } = aCache()
    world.next = () => aList({ expiresAt: NOW + 10.5 })
    await cache.ask(URI)
    world.clock = 4_999
    expect(cache.held(URI, NOW + 9)).toHaveProperty('bits')
    expect(cache.held(URI, NOW + 10)).toBe('unavailable')
  })

  it('serves a stale list over an outage for as long as was said, and rests after each failure', async () => {
    const { cache, world } = aCache()
    await cache.ask(URI)
    world.next = down
    world.clock = 359_999
    await cache.ask(URI)
    expect(cache.held(URI, NOW)).toHaveProperty('bits')
    world.clock = 360_000
    expect(cache.held(URI, NOW)).toBe('unavailable')
    await cache.ask(URI)
    expect(world.fetches).toBe(2)
    world.clock = 364_999
    expect(cache.held(URI, NOW)).toBe('ask')
    world.next = () => aList()
    await cache.ask(URI)
    expect(cache.held(URI, NOW)).toHaveProperty('bits')
    expect(world.outcomes).toEqual(['ok', 'failed', 'ok'])
  })

  it('takes the next edition where the one before was made by clocks that were ahead, which have been set back', async () => {
    let now = NOW + 3600
    const { cache, world } = aCache({ now: () => now })
    world.next = () => aList({ issuedAt: now })
    await cache.ask(URI)
    now = NOW
    world.clock = 300_000
    await cache.ask(URI)
    expect(cache.held(URI, now)).toMatchObject({ issuedAt: NOW })
  })

  it('does not let an older edition take a revocation back', async () => {
    const { cache, world } = aCache({ stale: 0 })
    await cache.ask(URI)
    world.clock = 300_000
    world.next = () => aList({ issuedAt: NOW - 1 })
    await cache.ask(URI)
    expect(cache.held(URI, NOW)).toBe('unavailable')
    expect(world.outcomes).toEqual(['ok', 'failed'])
  })

  it('keeps so many lists and forgets the one that is least used', async () => {
    const { cache, world } = aCache()
    for (const [at, uri] of ['a', 'b', 'a', 'c'].entries()) {
      world.clock = at * 10_000
      cache.held(uri, NOW)
      await cache.ask(uri)
    }
    expect([...cache.ages()].map(({ uri }) => uri)).toEqual(['a', 'c'])
  })
})

describe('a thread that asks', () => {
  const edition = (issuedAt: number, servesFor: number) => ({
    uri: URI,
    list: aList({ issuedAt }),
    servesFor,
  })

  it('gets the list where it is another than its own, for as long as it serves, and is told how long to rest', async () => {
    const { cache, world } = aCache()
    expect(await cache.answer(URI, null)).toEqual({ edition: edition(NOW, 360_000), rest: 5_000 })
    world.clock = 2_000
    expect(await cache.answer(URI, NOW - 1)).toEqual({ edition: edition(NOW, 358_000), rest: 0 })
    expect(await cache.answer(URI, NOW)).toEqual({ edition: null, rest: 3_000 })
    expect([world.fetches, cache.editions()]).toEqual([1, [edition(NOW, 358_000)]])
    world.clock = 5_000
    world.next = () => aList({ issuedAt: NOW + 1 })
    expect(await cache.answer(URI, NOW)).toEqual({ edition: edition(NOW + 1, 360_000), rest: 5_000 })
    world.next = down
    world.clock = 365_000
    expect(await cache.answer(URI, null)).toEqual({ edition: null, rest: 5_000 })
  })

  it('is told of a list that is forgotten, also on its way: it serves while it is fresh, as nobody fetches it again', async () => {
    const told: (readonly [string, number])[] = []
    const { cache, world } = aCache({
      maxLists: 1,
      onList: ({ uri, servesFor }) => void told.push([uri, servesFor]),
    })
    await cache.ask('a')
    world.clock = 100_000
    const asked = [cache.ask('b'), cache.ask('c')]
    expect(cache.editions()).toEqual([])
    await Promise.all(asked)
    expect(told).toEqual([
      ['a', 360_000],
      ['a', 200_000],
      ['b', 300_000],
      ['c', 360_000],
    ])
  })
})

describe('in the background', () => {
  afterEach(() => vi.useRealTimers())

  it('fetches a list that is in use before it is due, and forgets one that is not', async () => {
    vi.useFakeTimers()
    const told: number[] = []
    const { cache, world } = aCache({ onList: ({ servesFor }) => void told.push(servesFor) })
    cache.start()
    await cache.ask(URI)
    world.next = down
    await cache.ask('one that never came')
    expect(cache.held('one that never came', NOW)).toBe('unavailable')
    world.next = aList
    world.clock = 239_999
    await vi.advanceTimersByTimeAsync(1_000)
    expect(world.fetches).toBe(2)
    world.clock = 240_000
    await vi.advanceTimersByTimeAsync(1_000)
    expect(world.fetches).toBe(3)
    expect([...cache.ages()]).toEqual([{ uri: URI, seconds: 0 }])
    world.clock = 500_000
    cache.touch(URI)
    cache.touch('another')
    world.next = down
    world.clock = 1_100_000
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...cache.ages()]).toEqual([{ uri: URI, seconds: 860 }])
    world.clock = 1_100_001
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...cache.ages()]).toEqual([])
    expect(told).toEqual([360_000, 360_000, -560_001])
    cache.stop()
  })
})
