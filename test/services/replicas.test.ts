import { describe, expect, it } from 'vitest'
import { IntrospectionReplica } from '../../src/services/introspection/replica.ts'
import { ClientKeyReplicas } from '../../src/services/key-ring/client-replicas.ts'
import { type KeyAnswer, KeyRingReplica } from '../../src/services/key-ring/replica.ts'
import { type ListAnswer, StatusListReplica } from '../../src/services/status-list/replica.ts'
import { NOW } from '../support/clock.ts'
import { aKey, published } from '../support/keys.ts'

const ONE = published(aKey('ES256', 'one'))
const [KID] = [aKey('ES256', 'one').kid]

describe('a replica of keys', () => {
  function replica(answer: Partial<KeyAnswer> = {}) {
    const time = { now: 0 }
    const asked: (string | null)[] = []
    const ring = new KeyRingReplica({
      ask: async (kid) => {
        asked.push(kid)
        return { fetched: true, missingFor: 0, standing: null, ...answer }
      },
      clock: () => time.now,
    })
    return { ring, time, asked }
  }

  it('asks while it has none, and has what is published for as long as that serves', () => {
    const { ring, time } = replica()
    expect([ring.candidates(KID), ring.standing(KID)]).toEqual([[], 'ask'])
    ring.publish({ jwks: ONE, servesFor: 1_000 })
    const [key] = ring.candidates(KID)
    expect(key?.kid).toBe(KID)
    expect(ring.holds(key!)).toBe(true)
    time.now = 1_000
    expect([ring.candidates(KID), ring.holds(key!), ring.standing(KID)]).toEqual([[], false, 'ask'])
  })

  it('keeps the object of a key that stays, and holds one no more that is withdrawn', () => {
    const { ring } = replica()
    ring.publish({ jwks: ONE, servesFor: 1_000 })
    const [key] = ring.candidates(KID)
    ring.publish({ jwks: published(aKey('ES256', 'one'), aKey('ES256', 'two')), servesFor: 1_000 })
    expect(ring.holds(key!)).toBe(true)
    ring.publish({ jwks: published(aKey('ES256', 'two')), servesFor: 1_000 })
    expect(ring.holds(key!)).toBe(false)
  })

  it('does not ask again about a name that is missing, and asks about another', async () => {
    const { ring, time, asked } = replica({ missingFor: 60_000 })
    ring.publish({ jwks: ONE, servesFor: 1_000_000 })
    expect(ring.standing('made up')).toBe('ask')
    expect(await Promise.all([ring.ask('made up'), ring.ask('made up')])).toEqual([true, true])
    expect(asked).toEqual(['made up'])
    expect([ring.standing('made up'), ring.standing('another')]).toEqual(['absent', 'ask'])
    time.now = 60_000
    expect(ring.standing('made up')).toBe('ask')
  })

  it.each(['absent', 'unavailable'] as const)(
    'says for a moment of every unknown name that it is %s, unless keys come',
    async (standing) => {
      const { ring, time } = replica({ fetched: standing === 'absent', standing })
      ring.publish({ jwks: ONE, servesFor: 1_000_000 })
      expect(await ring.ask('made up')).toBe(standing === 'absent')
      expect(ring.standing('another')).toBe(standing)
      expect(ring.candidates(KID)).toHaveLength(1)
      time.now = 1_000
      expect(ring.standing('another')).toBe('ask')
      await ring.ask('made up')
      ring.publish({ jwks: ONE, servesFor: 1_000_000 })
      expect(ring.standing('another')).toBe('ask')
    },
  )

  it('is unavailable where the thread that fetches is gone', async () => {
    const ring = new KeyRingReplica({ ask: () => Promise.reject(new Error('gone')), clock: () => 0 })
    expect([await ring.ask(null), ring.standing(null)]).toEqual([false, 'unavailable'])
  })
})

it('keys of a client are its own, and only those of clients that sign here are kept', () => {
  const clients = new ClientKeyReplicas({ ask: async () => GIVEN, atMost: 64, clock: () => 0 })
  clients.publish('one', { jwks: ONE, servesFor: 1_000 })
  expect(clients.of('one').candidates(KID)).toEqual([])
  clients.publish('one', { jwks: ONE, servesFor: 1_000 })
  expect(clients.of('one').candidates(KID)).toHaveLength(1)
  expect(clients.of('two').candidates(KID)).toEqual([])
  for (let at = 0; at < 63; at++) clients.of(`more-${at}`)
  expect(clients.inUse(1)).toHaveLength(64)
  expect(clients.inUse(1)).not.toContain('one')
})

it('an answer about a token is recalled for as long as it counts, and never past its exp', async () => {
  let time = 0
  const said = { members: { active: true, exp: NOW + 10 }, signed: null }
  const memory = { active: new Map(), inactive: new Map(), clock: () => time }
  const replica = new IntrospectionReplica({ ...memory, ask: async () => ({ said, counts: 5_000 }) })
  expect(replica.recall('hash', NOW)).toBeUndefined()
  expect(await replica.ask('token', 'hash')).toEqual(said)
  expect([replica.recall('hash', NOW), replica.recall('hash', NOW + 10)]).toEqual([said, undefined])
  time = 5_000
  expect(replica.recall('hash', NOW)).toBeUndefined()
  const lost = new IntrospectionReplica({ ...memory, ask: () => Promise.reject(new Error('gone')) })
  expect(await lost.ask('token', 'other')).toBeUndefined()
})

describe('a replica of status lists', () => {
  const LIST = { bits: 1, octets: new Uint8Array(1), issuedAt: NOW, expiresAt: NOW + 100, ttl: null } as const
  const URI = 'https://as.bank.example/lists/1'

  it('has a list until it is cold or has expired', () => {
    let time = 0
    const lists = new StatusListReplica({ ask: async () => ({ edition: null, rest: 0 }), clock: () => time })
    expect(lists.held(URI, NOW)).toBe('ask')
    lists.publish({ uri: URI, list: LIST, servesFor: 1_000 })
    expect([lists.held(URI, NOW), lists.held(URI, NOW + 100)]).toEqual([LIST, 'ask'])
    expect(lists.inUse(1_000)).toEqual([URI])
    time = 1_000
    expect(lists.held(URI, NOW)).toBe('ask')
  })

  it.each<[string, () => Promise<ListAnswer>, number]>([
    ['as long as it is told', async () => ({ edition: null, rest: 5_000 }), 5_000],
    ['for a second where nobody fetches', () => Promise.reject(new Error('gone')), 1_000],
  ])('rests after a failure %s, and serves meanwhile what it has', async (_, ask, rest) => {
    let time = 0
    const told: (number | null)[] = []
    const lists = new StatusListReplica({
      ask: (_uri, has) => {
        told.push(has)
        return ask()
      },
      clock: () => time,
    })
    await lists.ask(URI)
    expect(lists.held(URI, NOW)).toBe('unavailable')
    time = rest
    expect(lists.held(URI, NOW)).toBe('ask')
    lists.publish({ uri: URI, list: LIST, servesFor: 100 })
    await lists.ask(URI)
    expect(lists.held(URI, NOW)).toEqual(LIST)
    time += 100
    expect(lists.held(URI, NOW)).toBe('unavailable')
    // What serves no more is asked for as if it were not there.
    await lists.ask(URI)
    expect(told).toEqual([null, NOW, null])
  })

  it('forgets what was not looked at for ten minutes, whatever is published of it', async () => {
    let time = 0
    const lists = new StatusListReplica({ ask: async () => ({ edition: null, rest: 0 }), clock: () => time })
    lists.publish({ uri: URI, list: LIST, servesFor: 3_600_000 })
    time = 600_000
    lists.publish({ uri: URI, list: LIST, servesFor: 3_600_000 })
    lists.publish({ uri: 'another', list: LIST, servesFor: 3_600_000 })
    expect(lists.inUse(3_600_000)).toEqual([URI, 'another'])
    time = 600_001
    lists.publish({ uri: 'another', list: LIST, servesFor: 3_600_000 })
    expect(lists.inUse(3_600_000)).toEqual(['another'])
  })

  it('says which edition it has, and takes the next', async () => {
    const told: (number | null)[] = []
    const next = { ...LIST, issuedAt: NOW + 1 }
    const lists = new StatusListReplica({
      ask: async (uri, has) => {
        told.push(has)
        return { edition: { uri, list: next, servesFor: 1_000 }, rest: 0 }
      },
      clock: () => 0,
    })
    await lists.ask(URI)
    await lists.ask(URI)
    expect(told).toEqual([null, NOW + 1])
    expect(lists.held(URI, NOW)).toEqual(next)
  })
})

const GIVEN: KeyAnswer = { fetched: true, missingFor: 0, standing: null }
