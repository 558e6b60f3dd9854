import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { CLOCKS_APART } from '../../src/domain/check.ts'
import { RedisLedger } from '../../src/services/replay/redis-ledger.ts'
import { hasRedis, placeOfCluster, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import {
  aLedger,
  aProof,
  aRedis,
  aSettledLedger,
  beganAt,
  closeAll,
  longestLife,
  opened,
  optionsFor,
  settled,
  WINDOW,
} from './redis-ledger-world.ts'

afterEach(closeAll)

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
    const { redis, ledger } = await aSettledLedger()
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
    ledger.widen({ maxAge: 300, clockSkew: 60 })
    ledger.widen({ maxAge: 60, clockSkew: 5 })
    await redis.restart()
    const claim = () => ledger.claim({ ...aProof(), madeAt: nowSeconds() + 1_000 })
    await expect.poll(claim).toBe('first')
    expect(await longestLife(redis)).toBeGreaterThan(360)
  })

  it('judges no proof that may have been spent before the server began to know', async () => {
    const before = nowSeconds()
    const redis = await aRedis()
    const told: number[] = []
    const ledger = await aLedger(redis, { began: (since) => told.push(since) })
    expect(await beganAt(redis)).toBeGreaterThan(before)
    const last = (await beganAt(redis)) + WINDOW.clockSkew + CLOCKS_APART
    expect(told).toEqual([last])
    expect(await ledger.claim({ ...aProof(), madeAt: last })).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: last + 1 })).toBe('first')
  })

  it.each([-4, 4])('begins to know by the later of two clocks, where its own is off by %i s', async (off) => {
    const redis = await aRedis()
    const before = nowSeconds()
    await aLedger(redis, {}, { now: () => nowSeconds() + off })
    expect(await beganAt(redis)).toBeGreaterThan(before + Math.max(off, 0))
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

  it('begins anew where a replica wants proofs remembered for longer, and keeps to that', async () => {
    const { redis, ledger } = await aSettledLedger()
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

  it('judges no proof of a time that its clock comes to once more, where what was claimed then has expired', async () => {
    const { redis, ledger } = await aSettledLedger()
    const now = nowSeconds()
    const life = 60 + 10 + 2 * CLOCKS_APART + 2
    // It keeps the time by itself, from the first question on.
    expect(Number(await redis.cli('hget', '{bank}:since', 'latest'))).toBeGreaterThan(now - 60)
    await redis.cli('hset', '{bank}:since', 'from', `${now - 3_600}`, 'latest', `${now + 200}`)
    const gone = now + 200 - life + 10 + CLOCKS_APART
    expect(await ledger.claim(aProof())).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: gone })).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: gone + 1 })).toBe('first')
    // Nor later, whatever becomes of its clock.
    await redis.cli('hset', '{bank}:since', 'from', `${now - 10}`, 'latest', `${now - 10}`)
    expect(await ledger.claim({ ...aProof(), madeAt: gone })).toBe('unready')
  })

  it('judges no proof of before where its clock had jumped ahead, and is right again', async () => {
    const { redis, ledger } = await aSettledLedger()
    const now = nowSeconds()
    await redis.cli('hset', '{bank}:since', 'from', `${now + 1_000}`, 'latest', `${now + 1_200}`)
    expect(await ledger.claim(aProof())).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: now + 40 })).toBe('first')
    expect(Number(await redis.cli('hget', '{bank}:since', 'from'))).toBeLessThan(now + 100)
    await redis.cli('hset', '{bank}:since', 'latest', `${now - 100}`)
    const jumps = () => redis.cli('hget', '{bank}:since', 'from').then(Number)
    await expect.poll(jumps).toBeGreaterThanOrEqual(now)
    expect(await ledger.claim({ ...aProof(), madeAt: now + 40 })).toBe('first')
  })

  it('judges no proof of before where its clock was ahead when a replica asked that was not, and is right again', async () => {
    const { redis, ledger } = await aSettledLedger()
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    await redis.cli(
      'hset',
      '{bank}:since',
      'from',
      `${nowSeconds() + 100}`,
      'latest',
      `${nowSeconds() + 100}`,
    )
    const told: string[] = []
    const lost = (problem: string) => void told.push(problem)
    opened.push(new RedisLedger(optionsFor(redis, { lost }, { now: () => nowSeconds() - 100 })))
    await expect.poll(() => told).toEqual([expect.stringMatching(/^CLOCKS/)])
    expect(await ledger.claim(proof)).toBe('unready')
  })

  it('judges no proof of before where its clock was ahead for a moment in which nobody asked', async () => {
    const { redis, ledger } = await aSettledLedger()
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    // What a jump has expire.
    const all = (await redis.cli('keys', '*')).split('\n')
    await redis.cli('del', ...all.filter((key) => key !== '{bank}:since'))
    expect(await ledger.claim(proof)).toBe('unready')
  })

  it('goes on where nobody asked for a while', async () => {
    const { redis, ledger } = await aSettledLedger()
    const script = "redis.call('DEL', KEYS[2]) return redis.call('HSET', KEYS[1], 'kept', ARGV[1])"
    await redis.cli('eval', script, '2', '{bank}:since', '{bank}:kept', `${nowSeconds() - 3}`)
    expect(await ledger.claim(aProof())).toBe('first')
  })

  it('judges no proof of before where a claim alone has met a clock that was wrong', async () => {
    const redis = await aRedis()
    let ahead = 0
    const ledger = await aLedger(redis, {}, { now: () => nowSeconds() + ahead })
    await settled(redis)
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    ahead = 100
    expect(await ledger.claim(aProof())).toBe('unready')
    ahead = 0
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(await ledger.claim(proof)).toBe('unready')
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
    const last = (await beganAt(redis)) + 60 + CLOCKS_APART
    expect(await narrow.claim({ ...aProof(), madeAt: last })).toBe('unready')
    expect(await narrow.claim({ ...aProof(), madeAt: last + 1 })).toBe('first')
  })

  it('does not begin to know by a clock that is wrong', async () => {
    const told: string[] = []
    const redis = await aRedis()
    let ahead = CLOCKS_APART + 2
    const ledger = new RedisLedger(
      optionsFor(redis, { lost: (problem) => told.push(problem) }, { now: () => nowSeconds() + ahead }),
    )
    opened.push(ledger)
    await expect.poll(() => told).toEqual([expect.stringMatching(/^CLOCKS .* [678] s apart/)])
    expect(await redis.cli('hget', '{bank}:since', 'since')).toBe('')
    ahead = 4
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
