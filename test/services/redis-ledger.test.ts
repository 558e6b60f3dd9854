import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Once } from '../../src/domain/ports.ts'
import { RedisConnection } from '../../src/services/redis/connection.ts'
import { APART } from '../../src/services/replay/claim-script.ts'
import {
  RedisLedger,
  type RedisLedgerEvents,
  type RedisLedgerOptions,
} from '../../src/services/replay/redis-ledger.ts'
import { hasRedis, placeOf, placeOfCluster, startRedis, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'

const WINDOW = { maxAge: 60, clockSkew: 10 }
const opened: { close(): void }[] = []
const started: TestRedis[] = []
let jti = 0

afterEach(async () => {
  for (const each of opened.splice(0)) each.close()
  await Promise.all(started.splice(0).map((each) => each.stop()))
})

describe.skipIf(!hasRedis())('RedisLedger', () => {
  it('lets one of two replicas have a proof', async () => {
    const redis = await aRedis()
    const replicas = [await aLedger(redis), await aLedger(redis)] as const
    await settled(redis)
    for (let round = 0; round < 200; round++) {
      const proof = aProof()
      const claims = await Promise.all(replicas.map((each) => each.claim(proof)))
      expect(claims.sort()).toEqual(['first', 'replayed'])
    }
  })

  it('knows a proof by key and jti together, and remembers it for as long as any replica may take it', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis)
    await settled(redis)
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    expect(await ledger.claim({ ...proof, jkt: 'another' })).toBe('first')
    expect(await ledger.claim({ ...proof, madeAt: proof.madeAt + 1 })).toBe('replayed')
    // Spent where the clock is five seconds ahead, and tried again where it is five behind.
    expect(await longestLife(redis)).toBeGreaterThan(WINDOW.maxAge + WINDOW.clockSkew + 10)
    ledger.widen({ maxAge: 300, clockSkew: 5 })
    // What was spent until now is forgotten too early for that.
    expect(await ledger.claim(aProof())).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 20 })).toBe('first')
    expect(await longestLife(redis)).toBeGreaterThan(315)
  })

  it('tells a server that begins anew the longest life that a proof had here once', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis)
    ledger.widen({ maxAge: 300, clockSkew: 5 })
    ledger.widen({ maxAge: 60, clockSkew: 5 })
    await redis.restart()
    const claim = () => ledger.claim({ ...aProof(), madeAt: nowSeconds() + 20 })
    await expect.poll(claim).toBe('first')
    expect(await longestLife(redis)).toBeGreaterThan(315)
  })

  it('judges no proof that may have been spent before the server began to know', async () => {
    const before = nowSeconds()
    const redis = await aRedis()
    const ledger = await aLedger(redis)
    expect(await beganAt(redis)).toBeGreaterThan(before)
    const last = (await beganAt(redis)) + WINDOW.clockSkew + APART
    expect(await ledger.claim({ ...aProof(), madeAt: last })).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: last + 1 })).toBe('first')
  })

  it.each([
    ['began anew', [], (redis: TestRedis) => redis.restart()],
    [
      'has evicted',
      ['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction'],
      async (redis: TestRedis) => {
        await redis.cli('config', 'set', 'maxmemory', '1', 'maxmemory-policy', 'volatile-lru')
        await redis.cli('set', 'a', 'b')
        await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction', 'maxmemory', '100mb')
      },
    ],
    ['was emptied', [], (redis: TestRedis) => redis.cli('flushall')],
    ['has its snapshot of before', ['--save', '3600 1'], (redis: TestRedis) => redis.restart()],
  ] as const)('judges no proof of before when the server %s', async (_, options, forgets) => {
    const redis = await aRedis(options)
    const ledger = await aLedger(redis)
    await settled(redis)
    if (options.length === 2) await redis.cli('save')
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    await forgets(redis)
    const answers: string[] = []
    const later = async () => {
      const claim = await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 2 * WINDOW.clockSkew })
      answers.push(await ledger.claim(proof))
      return claim
    }
    await expect.poll(later).toBe('first')
    // One that has evicted was out of memory, and was perhaps looked at just then.
    expect(new Set(answers.filter((each) => each !== 'full'))).toEqual(new Set(['unready']))
  })

  it('is unready while the server is down, hangs or is another, and ready again by itself', async () => {
    const told: string[] = []
    const redis = await aRedis()
    const events = { lost: (problem: string) => told.push(problem), found: () => told.push('found') }
    const ledger = await aLedger(redis, events, { timeout: 2_000 })
    await settled(redis)
    redis.pause()
    expect(await ledger.claim(aProof())).toBe('unready')
    await expect.poll(() => told.at(-1)).toContain('no answer within')
    // At once: nobody is asked.
    const nextTurn = new Promise((resolve) => setImmediate(resolve, 'later'))
    expect(await Promise.race([ledger.claim(aProof()), nextTurn])).toBe('unready')
    redis.resume()
    await expect.poll(() => ledger.isReady).toBe(true)
    await redis.kill()
    await expect.poll(() => ledger.isReady).toBe(false)
    expect(await ledger.claim(aProof())).toBe('unready')
    await redis.start()
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(told.filter((each) => each === 'found')).toHaveLength(3)
  })

  it('begins anew where a replica wants proofs remembered for longer, and keeps to that', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis)
    await settled(redis)
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    const wide = new RedisLedger(optionsFor(redis, {}, { window: { maxAge: 300, clockSkew: 10 } }))
    opened.push(wide)
    await expect.poll(() => wide.isReady).toBe(true)
    expect(await wide.claim(proof)).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 20 })).toBe('first')
    expect(await longestLife(redis)).toBeGreaterThan(300)
  })

  it('judges no proof of before where a primary comes back as the copy of another', async () => {
    const [one, other] = [await aRedis(), await aRedis()]
    await other.cli('replicaof', '127.0.0.1', `${one.port}`)
    await expect.poll(() => other.cli('info', 'replication')).toContain('master_link_status:up')
    const ledger = await aLedger(one)
    await settled(one)
    // Until its copy has that.
    await expect
      .poll(() => other.cli('hget', '{bank}:since', 'since'))
      .toBe(await one.cli('hget', '{bank}:since', 'since'))
    await other.cli('replicaof', 'no', 'one')
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    await one.cli('replicaof', '127.0.0.1', `${other.port}`)
    await expect.poll(() => one.cli('info', 'replication')).toContain('master_link_status:up')
    await one.cli('replicaof', 'no', 'one')
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(await ledger.claim(proof)).toBe('unready')
  })

  it('notices a clock that goes wrong later, and judges no proof of before once it is right', async () => {
    const redis = await aRedis()
    let ahead = 0
    const ledger = new RedisLedger(optionsFor(redis, {}, { now: () => nowSeconds() + ahead }))
    opened.push(ledger)
    await expect.poll(() => ledger.isReady).toBe(true)
    await settled(redis)
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    ahead = -100
    expect(await ledger.claim(aProof())).toBe('unready')
    await expect.poll(() => ledger.isReady).toBe(false)
    ahead = 0
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(await ledger.claim(proof)).toBe('unready')
  })

  it('judges no proof of before once its clock was set, though that of Redis agrees', async () => {
    const redis = await aRedis()
    const told: string[] = []
    let ahead = 0
    const events = { ...optionsFor(redis).events, lost: (problem: string) => void told.push(problem) }
    const ledger = new RedisLedger(optionsFor(redis, events, { now: () => nowSeconds() + ahead }))
    opened.push(ledger)
    await expect.poll(() => ledger.isReady).toBe(true)
    await settled(redis)
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    ahead = 4
    expect(await ledger.claim(aProof())).toBe('unready')
    // Clocks of whole seconds are off by up to one.
    const wasSet = expect.stringMatching(/^the clock of this machine was set, by [345] s$/)
    await expect.poll(() => told).toEqual([wasSet])
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(await ledger.claim(proof)).toBe('unready')
    expect(await (await aLedger(redis)).claim(proof)).toBe('unready')
  })

  it('begins anew where it began at a time that is still to come', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis)
    await redis.cli('hset', '{bank}:since', 'since', `${nowSeconds() + 3_600}`)
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 40 })).toBe('first')
    expect(await beganAt(redis)).toBeLessThan(nowSeconds() + 10)
  })

  it('counts with the clock skew of whichever replica allows the most', async () => {
    const redis = await aRedis()
    const wide = new RedisLedger(optionsFor(redis, {}, { window: { maxAge: 10, clockSkew: 60 } }))
    opened.push(wide)
    const narrow = await aLedger(redis)
    await expect.poll(() => wide.isReady).toBe(true)
    const last = (await beganAt(redis)) + 60 + APART
    expect(await narrow.claim({ ...aProof(), madeAt: last })).toBe('unready')
    expect(await narrow.claim({ ...aProof(), madeAt: last + 1 })).toBe('first')
  })

  it('tells no password where the server quotes it', async () => {
    const redis = await aRedis(['--rename-command', 'HELLO', ''])
    const told: string[] = []
    const options = optionsFor(redis, { lost: (problem) => void told.push(problem) })
    opened.push(new RedisLedger({ ...options, place: { ...options.place, password: 'S3CRET' } }))
    await expect.poll(() => told).toEqual(["ERR unknown command 'HELLO'"])
  })

  it('connects once more, not once for each claim, where the server takes no writes any longer', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis)
    await settled(redis)
    const claims = Array.from({ length: 500 }, () => ledger.claim(aProof()))
    await redis.cli('replicaof', '127.0.0.1', '1')
    claims.push(...Array.from({ length: 500 }, () => ledger.claim(aProof())))
    await Promise.all(claims)
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(() => ledger.isReady).toBe(true)
    const clients = async () => Number(/connected_clients:(\d+)/.exec(await redis.cli('info', 'clients'))![1])
    await expect.poll(clients).toBeLessThanOrEqual(2)
    for (let round = 0; round < 20; round++) {
      const brief = new RedisLedger(optionsFor(redis))
      if (round % 2) await wait(1)
      brief.close()
    }
    await expect.poll(clients).toBeLessThanOrEqual(2)
  })

  it('goes on as it was until it is told a password that is right', async () => {
    const told: string[] = []
    const redis = await aRedis()
    const ledger = await aLedger(redis, {
      lost: (problem) => told.push(problem),
      stayed: (problem) => told.push(`stayed: ${problem}`),
    })
    await settled(redis)
    const place = optionsFor(redis).place
    await redis.cli('acl', 'setuser', 'another', 'on', '>right', '~*', '+@all')
    ledger.move({ ...place, username: 'another', password: 'wrong' })
    await expect.poll(() => told).toEqual([expect.stringContaining('stayed: WRONGPASS')])
    for (let round = 0; round < 20; round++) {
      expect(await ledger.claim(aProof())).toBe('first')
      await wait(50)
    }
    ledger.move({ ...place, username: 'another', password: 'right' })
    await expect.poll(async () => (await redis.cli('client', 'list')).match(/user=another/g)).toHaveLength(1)
    await expect.poll(async () => (await redis.cli('client', 'list')).match(/user=default/g)).toHaveLength(1)
    expect(await ledger.claim(aProof())).toBe('first')
    expect(told).toHaveLength(1)
  })

  it('says why it is not ready from its start on', async () => {
    const told: string[] = []
    const redis = await aRedis(['--requirepass', 'a-password'])
    const options = optionsFor(redis, { lost: (problem) => told.push(problem) })
    opened.push(new RedisLedger(options))
    await expect.poll(() => told).toEqual([expect.stringContaining('NOAUTH')])
    opened.push(new RedisLedger({ ...options, place: { ...options.place, password: 'wrong' } }))
    await expect.poll(() => told.at(-1)).toContain('WRONGPASS')
    await redis.kill()
    opened.push(new RedisLedger(options))
    await expect.poll(() => told.at(-1)).toContain('ECONNREFUSED')
    expect(told).toHaveLength(3)
  })

  it('tries whether it may do all that a claim takes, and tells each reason', async () => {
    const told: string[] = []
    const redis = await aRedis()
    const rights = ['+evalsha', '+eval', '+info', '+hmget', '+hset', '+set', '+time']
    await redis.cli('acl', 'setuser', 'holdfast', 'on', '>right', '~{bank}:*', ...rights, '-set')
    const options = optionsFor(redis, { lost: (problem) => told.push(problem) })
    const place = { ...options.place, username: 'holdfast', password: 'right' }
    const ledger = new RedisLedger({ ...options, place })
    opened.push(ledger)
    await expect.poll(() => told.at(-1)).toContain("can't run this command")
    expect(ledger.isReady).toBe(false)
    await redis.kill()
    await expect.poll(() => told.at(-1)).toMatch(/ECONNREFUSED|closed/)
    await redis.start()
    await expect.poll(() => told.at(-1)).toContain('WRONGPASS')
    await redis.cli('acl', 'setuser', 'holdfast', 'on', '>right', '~{bank}:*', ...rights)
    await expect.poll(() => ledger.isReady).toBe(true)
  })

  it('does not begin to know by a clock that is wrong', async () => {
    const told: string[] = []
    const redis = await aRedis()
    let ahead = 3_600
    const ledger = new RedisLedger(
      optionsFor(redis, { lost: (problem) => told.push(problem) }, { now: () => nowSeconds() + ahead }),
    )
    opened.push(ledger)
    await expect.poll(() => told).toEqual([expect.stringMatching(/^CLOCKS .* 3\d{3} s apart/)])
    expect(await redis.cli('hget', '{bank}:since', 'since')).toBe('')
    ahead = 4
    await expect.poll(() => ledger.isReady).toBe(true)
  })

  it('leaves a server that is silent for long', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis, {}, { timeout: 250 })
    const connections = async () =>
      Number((await redis.cli('info', 'stats')).match(/total_connections_received:(\d+)/)![1])
    const before = await connections()
    const leaves = vi.spyOn(RedisConnection.prototype, 'reconnect')
    redis.pause()
    await expect.poll(() => leaves.mock.calls.length).toBe(1)
    leaves.mockRestore()
    redis.resume()
    await expect.poll(() => ledger.isReady).toBe(true)
    // One is that of redis-cli.
    expect(await connections()).toBeGreaterThan(before + 1)
  })

  it('is full when the server has no memory left', async () => {
    const redis = await aRedis(['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'])
    const ledger = await aLedger(redis)
    await settled(redis)
    expect(await ledger.claim(aProof())).toBe('first')
    await redis.cli('config', 'set', 'maxmemory', '1')
    expect(await ledger.claim(aProof())).toBe('full')
  })

  it('is not ready with a server that evicts under load, or takes no writes', async () => {
    const told: string[] = []
    const redis = await aRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'])
    const options = optionsFor(redis, { lost: (problem) => told.push(problem) })
    const ledger = new RedisLedger(options)
    opened.push(ledger)
    await wait(2_500)
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 1_000 })).toBe('unready')
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction')
    await expect.poll(() => ledger.isReady).toBe(true)
    await redis.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
    await expect.poll(() => told.at(-1)).toContain('EVICTS')
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction')
    await expect.poll(() => ledger.isReady).toBe(true)
    await redis.cli('replicaof', '127.0.0.1', '1')
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 1_000 })).toBe('unready')
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(() => ledger.isReady).toBe(true)
  })

  it('claims in a cluster, on all of its members', async () => {
    const members = await Promise.all([1, 2, 3].map(() => aRedis(['--cluster-enabled', 'yes'])))
    const addresses = members.map(({ port }) => `127.0.0.1:${port}`)
    await members[0]!.cli('--cluster', 'create', ...addresses, '--cluster-yes')
    const replicas = [0, 1].map(() => {
      const ledger = new RedisLedger({
        ...optionsFor(members[0]!),
        place: placeOfCluster(addresses),
      })
      opened.push(ledger)
      return ledger
    })
    for (const each of replicas) await expect.poll(() => each.isReady).toBe(true)
    for (let round = 0; round < 100; round++) {
      const proof = { ...aProof(), madeAt: nowSeconds() + 1_000 }
      const claims = await Promise.all(replicas.map((each) => each.claim(proof)))
      expect(claims.sort()).toEqual(['first', 'replayed'])
    }
    const sizes = await Promise.all(members.map(async (each) => Number(await each.cli('dbsize'))))
    expect(Math.min(...sizes)).toBeGreaterThan(5)

    // What it left behind while it was still looking around is let go.
    const place = placeOfCluster(addresses)
    for (let round = 0; round < 10; round++) {
      replicas[0]!.move(place)
      await wait(3)
    }
    const clients = async () => {
      const told = await Promise.all(members.map((each) => each.cli('info', 'clients')))
      return told.map((text) => Number(/connected_clients:(\d+)/.exec(text)![1]))
    }
    const most = async () => Math.max(...(await clients()))
    // One of each replica, and one that asks.
    await expect.poll(most).toBe(3)
    for (const each of replicas) each.close()
    await expect.poll(most).toBe(1)
  })
})

async function aRedis(options: readonly string[] = []): Promise<TestRedis> {
  const redis = await startRedis(options)
  started.push(redis)
  return redis
}

function optionsFor(
  redis: TestRedis,
  events: Partial<RedisLedgerEvents> = {},
  changes: Partial<RedisLedgerOptions> = {},
) {
  return {
    place: placeOf(redis),
    prefix: 'bank',
    timeout: PATIENCE,
    window: WINDOW,
    now: nowSeconds,
    events: {
      lost: () => {},
      found: () => {},
      began: () => {},
      moved: () => {},
      stayed: () => {},
      ...events,
    },
    claimed: () => {},
    ...changes,
  }
}

/** One that is ready. */
async function aLedger(
  redis: TestRedis,
  events: Partial<RedisLedgerEvents> = {},
  changes: Partial<RedisLedgerOptions> = {},
): Promise<RedisLedger> {
  const ledger = new RedisLedger(optionsFor(redis, events, changes))
  opened.push(ledger)
  await expect.poll(() => ledger.isReady).toBe(true)
  return ledger
}

/** As if the server had known for an hour. */
async function settled({ cli }: TestRedis): Promise<void> {
  await cli('hset', '{bank}:since', 'since', `${nowSeconds() - 3_600}`)
}

/** From when on the server knows, Unix seconds. */
async function beganAt({ cli }: TestRedis): Promise<number> {
  return Number(await cli('hget', '{bank}:since', 'since'))
}

function aProof(): Once {
  jti += 1
  return { jkt: 'a-client', jti: `proof ${jti}`, madeAt: nowSeconds() }
}

/** Seconds that the proof has which is remembered for longest. */
async function longestLife({ cli }: TestRedis): Promise<number> {
  const keys = (await cli('--scan', '--pattern', '{bank}:????????*')).split('\n')
  return Math.max(...(await Promise.all(keys.map(async (key) => Number(await cli('ttl', key))))))
}

/** Milliseconds: that a machine is busy is not what these are about. */
const PATIENCE = 15_000
