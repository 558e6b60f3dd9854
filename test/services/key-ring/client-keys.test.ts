import { describe, expect, it, vi } from 'vitest'
import { FetchRefused } from '../../../src/services/http/document.ts'
import { commonBudget } from '../../../src/services/key-ring/budget.ts'
import { ClientKeyRings } from '../../../src/services/key-ring/client-keys.ts'
import { directoryUrl } from '../../../src/services/key-ring/directory.ts'
import { aKey, published, type SigningKey } from '../../support/keys.ts'

const [ONE, TWO] = [aKey('ES256', 'client one'), aKey('ES256', 'client two')]

describe('ClientKeyRings', () => {
  it('has the keys of a client after one fetch, for all who wait', async () => {
    const { rings, directory } = setUp({ one: [ONE] })
    expect(rings.of('one').standing(ONE.kid)).toBe('ask')
    const asked = await Promise.all(Array.from({ length: 20 }, () => rings.of('one').ask(ONE.kid)))
    expect(new Set(asked)).toEqual(new Set([true]))
    expect(kids(rings, 'one', ONE)).toEqual([ONE.kid])
    expect(directory.fetches).toEqual(['one'])
  })

  it("has no client's key for another client, whatever name it has", async () => {
    const { rings } = setUp({ one: [ONE], two: [TWO] })
    await Promise.all([rings.of('one').ask(ONE.kid), rings.of('two').ask(TWO.kid)])
    expect(kids(rings, 'two', ONE)).toEqual([])
    expect(rings.of('two').holds(rings.of('one').candidates(ONE.kid)[0]!)).toBe(false)
  })

  it('fetches nothing for a client that nobody knows', () => {
    const { rings, directory } = setUp({})
    expect(rings.of('../kept').standing('x')).toBe('absent')
    expect([rings.size, directory.fetches]).toEqual([0, []])
  })

  it('a client that the directory does not know costs it nothing for a minute', async () => {
    const { rings, directory, clock } = setUp({})
    // That it does not know the client is an answer: the decision is asked again, and refuses the client.
    expect(await rings.of('nobody').ask('k')).toBe(true)
    expect(rings.of('nobody').standing('k')).toBe('absent')
    expect(rings.size).toBe(0)
    clock.now += 59_000
    expect(rings.of('nobody').standing('k')).toBe('absent')
    clock.now += 2_000
    expect(rings.of('nobody').standing('k')).toBe('ask')
    expect(directory.fetches).toEqual(['nobody'])
  })

  it('a directory that is away is asked again after five seconds, and clients are told to come back', async () => {
    const { rings, directory, clock } = setUp({ one: [ONE] })
    directory.status = 500
    expect(await rings.of('one').ask(ONE.kid)).toBe(false)
    expect(rings.of('one').standing(ONE.kid)).toBe('unavailable')
    directory.status = null
    clock.now += 5_001
    expect(await rings.of('one').ask(ONE.kid)).toBe(true)
    expect(kids(rings, 'one', ONE)).toEqual([ONE.kid])
  })

  it.each([
    ['an empty set', null],
    ['404', 404],
    ['410', 410],
  ])('%s says that all keys were withdrawn', async (_, status) => {
    const clients: { one: SigningKey[] } = { one: [ONE] }
    const { rings, directory, told } = setUp(clients)
    expect(await rings.of('one').ask(ONE.kid)).toBe(true)
    clients.one = []
    directory.status = status
    expect(await rings.of('one').ask('another')).toBe(true)
    expect([kids(rings, 'one', ONE), rings.of('one').standing(ONE.kid), told.get('one')]).toEqual([
      [],
      'absent',
      0,
    ])
    expect(directory.fetches).toEqual(['one', 'one'])
  })

  it('one that was withdrawn is found out in a minute while nobody asks, or an hour after where the directory is away', async () => {
    vi.useFakeTimers()
    const clients: { one: SigningKey[] } = { one: [ONE] }
    const { rings, directory, serves, clock } = setUp(clients)
    await rings.of('one').ask(ONE.kid)
    clients.one = [TWO]
    await vi.advanceTimersByTimeAsync(60_000)
    expect([kids(rings, 'one', ONE), kids(rings, 'one', TWO)]).toEqual([[], [TWO.kid]])
    directory.status = 500
    await vi.advanceTimersByTimeAsync(60_000)
    const held = serves.get('one') ?? 0
    expect(held).toBe(60_000 + 20_000 + 3_600_000)
    clock.now += held
    expect(kids(rings, 'one', TWO)).toEqual([TWO.kid])
    clock.now += 1
    expect(kids(rings, 'one', TWO)).toEqual([])
    rings.stop()
    vi.useRealTimers()
  })

  it('a set without a usable key is no answer', async () => {
    const { rings } = setUp({ one: [{ ...ONE, jwk: { kty: 'oct' } }] })
    expect(await rings.of('one').ask(ONE.kid)).toBe(false)
    expect(rings.of('one').standing(ONE.kid)).toBe('unavailable')
  })

  it('a flood of clients makes fifty rings at once, then ten a second', async () => {
    const { rings, directory, clock } = setUp({}, { everybody: [ONE] })
    const standing = (at: number) => rings.of(`client-${at}`).standing(ONE.kid)
    const first = Array.from({ length: 200 }, (_, at) => standing(at))
    expect([first.filter((each) => each === 'ask').length, first[199]]).toEqual([50, 'unavailable'])
    clock.now += 1_000
    expect(Array.from({ length: 200 }, (_, at) => standing(1000 + at)).lastIndexOf('ask')).toBe(9)
    expect(directory.fetches).toEqual([])
  })

  it('holds so many, and forgets the one longest unused', async () => {
    const { rings } = setUp({}, { everybody: [ONE], atMost: 3 })
    for (const client of ['a', 'b', 'c']) await rings.of(client).ask(ONE.kid)
    rings.of('a')
    await rings.of('d').ask(ONE.kid)
    expect(rings.size).toBe(3)
    expect(['a', 'c', 'd'].flatMap((client) => kids(rings, client, ONE))).toHaveLength(3)
    expect(kids(rings, 'b', ONE)).toEqual([])
  })

  it.each([
    ['there are too many', 1, 0],
    ['nobody used it', 100, 15 * 60_000],
  ])('where a ring goes because %s, those who hold its keys are told', async (_, atMost, passing) => {
    vi.useFakeTimers()
    const { rings, told, clock } = setUp({ one: [ONE], two: [TWO] }, { atMost })
    await rings.of('one').ask(ONE.kid)
    expect(told.get('one')).toBe(1)
    clock.now += passing
    await rings.of('two').ask(TWO.kid)
    clock.now += passing === 0 ? 0 : 1_000
    vi.advanceTimersByTime(60_000)
    expect([told.get('one'), told.get('two')]).toEqual([0, 1])
    rings.stop()
    vi.useRealTimers()
  })

  it('keys that come when their ring is gone serve who waits for them, and not for long: nobody would hear of a change', async () => {
    const { rings, told, serves } = setUp({ one: [ONE], two: [TWO] }, { atMost: 1 })
    const asking = rings.of('one').ask(ONE.kid)
    await rings.of('two').ask(TWO.kid)
    expect(await asking).toBe(true)
    expect([rings.size, told.get('one'), told.get('two')]).toEqual([1, 1, 1])
    expect(serves.get('one')).toBe(5_000)
    expect(serves.get('two')).toBeGreaterThan(3_600_000)
  })

  it('a ring stays while its keys are in use in another thread', async () => {
    vi.useFakeTimers()
    const { rings, clock } = setUp({ one: [ONE] })
    await rings.of('one').ask(ONE.kid)
    for (const minutes of [10, 10]) {
      clock.now += minutes * 60_000
      rings.touch(['one'])
    }
    vi.advanceTimersByTime(60_000)
    expect(rings.size).toBe(1)
    rings.stop()
    vi.useRealTimers()
  })

  it.each([
    ['keys', null],
    ['that there are none', 404],
  ])(
    '%s that come for a ring that went change nothing for the one that its client has now',
    async (_, status) => {
      const clients = { one: [ONE], two: [TWO] }
      const { rings, directory, told } = setUp(clients, { atMost: 1 })
      const { promise: late, resolve } = Promise.withResolvers<void>()
      Object.assign(directory, { status, late })
      const asking = rings.of('one').ask(ONE.kid)
      Object.assign(directory, { status: null, late: null })
      await rings.of('two').ask(TWO.kid)
      clients.one.push(TWO)
      await rings.of('one').ask(ONE.kid)
      resolve()
      await asking
      expect([rings.size, told.get('one')]).toEqual([1, 2])
    },
  )

  it('made-up key names of a client spend its own budget and the common one', async () => {
    const { rings, directory } = setUp({ one: [ONE], two: [TWO] })
    await rings.of('one').ask(ONE.kid)
    for (let at = 0; at < 100; at++)
      if (rings.of('one').standing(`made-up-${at}`) === 'ask') await rings.of('one').ask(`made-up-${at}`)
    expect(directory.fetches).toHaveLength(7)
    await rings.of('two').ask(TWO.kid)
    expect(kids(rings, 'two', TWO)).toEqual([TWO.kid])
  })

  it('tells a thread what it found, after the keys where it has some, and of whom it has none what that means', async () => {
    const { rings, directory, told } = setUp({ one: [ONE] })
    const absent = { fetched: true, missingFor: 0, standing: 'absent' }
    const away = { fetched: false, missingFor: 0, standing: 'unavailable' }
    const found = { fetched: true, missingFor: 0, standing: null }
    expect(await rings.answer('one', ONE.kid)).toEqual(found)
    told.clear()
    expect([await rings.answer('one', ONE.kid), told.get('one')]).toEqual([found, 1])
    for (const client of ['../kept', 'nobody', 'nobody'])
      expect(await rings.answer(client, 'x')).toEqual(absent)
    directory.status = 503
    for (let time = 0; time < 2; time++) expect(await rings.answer('two', 'x')).toEqual(away)
    rings.stop()
  })
})

describe('directoryUrl', () => {
  const TEMPLATE = 'https://directory.example/keys/{client_id}/application.jwks?v=1'

  it.each([
    ['client-1', 'client-1'],
    ['https://client.example/a?b#c', 'https%3A%2F%2Fclient.example%2Fa%3Fb%23c'],
    ['a b', 'a%20b'],
    ['a/../../b', 'a%2F..%2F..%2Fb'],
    ['{client_id}', '%7Bclient_id%7D'],
    ['$&', '%24%26'],
    ['Zoë', 'Zo%C3%AB'],
  ])('%s', (clientId, encoded) => {
    expect(directoryUrl(TEMPLATE, clientId)).toBe(TEMPLATE.replace('{client_id}', encoded))
  })

  it.each([
    ['nothing', ''],
    ['a step up', '..'],
    ['a step nowhere', '.'],
    ['half a character', '\ud800'],
    ['no end', 'x'.repeat(513)],
  ])('nowhere for %s', (_, clientId) => {
    expect(directoryUrl(TEMPLATE, clientId)).toBeUndefined()
  })

  it('never leaves the host', () => {
    for (const clientId of [
      '@evil.example',
      '//evil.example',
      '\\evil.example',
      ':443@evil.example',
      '%2e%2e',
    ]) {
      const url = directoryUrl('https://directory.example/{client_id}', clientId)
      expect(new URL(url ?? 'https://directory.example').host).toBe('directory.example')
    }
  })
})

interface Given {
  readonly everybody?: readonly SigningKey[]
  readonly atMost?: number
}

function setUp(
  clients: { readonly [client: string]: readonly SigningKey[] },
  { everybody, atMost = 100 }: Given = {},
) {
  const clock = { now: 0 }
  const directory = { fetches: [] as string[], status: null as number | null, late: null as unknown }
  const fetchJson = async (url: string) => {
    const client = url.split('/').at(-1) as string
    directory.fetches.push(client)
    const given = clients[client] ?? everybody
    const status = directory.status ?? (given === undefined ? 404 : null)
    const keys = [...(given ?? [])]
    await directory.late
    if (status !== null) throw new FetchRefused(`${url} answered ${status}`, status)
    return { url, value: published(...keys), maxAge: null }
  }
  /** How many keys whoever listens has of each client. */
  const told = new Map<string, number>()
  const serves = new Map<string, number>()
  const rings = new ClientKeyRings({
    place: (clientId) => {
      const url = directoryUrl('https://directory.example/{client_id}', clientId)
      return url === undefined || clientId.includes('/') ? undefined : { url, fetchJson }
    },
    common: commonBudget(0),
    atMost,
    clock: () => clock.now,
    onEdition: (clientId, { jwks, servesFor }) => {
      told.set(clientId, (jwks as { keys: unknown[] }).keys.length)
      serves.set(clientId, servesFor)
    },
    onFetch: () => {},
  })
  return { rings, directory, clock, told, serves }
}

function kids(rings: ClientKeyRings, client: string, { kid }: SigningKey): readonly (string | null)[] {
  return rings
    .of(client)
    .candidates(kid)
    .map((key) => key.kid)
}
