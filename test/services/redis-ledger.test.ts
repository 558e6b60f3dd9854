import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { CLOCKS_APART } from '../../src/domain/check.ts'
import { RedisLedger } from '../../src/services/replay/redis-ledger.ts'
import { hasRedis, knowingSince, placeOfCluster, type TestRedis } from '../support/wire-redis.ts'
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
    const redis = await aRedis()
    const told: number[] = []
    const ledger = await aLedger(redis, { began: (since) => told.push(since) })
    // The second in which it was asked first is not over.
    expect(await beganAt(redis)).toBe(Number(await redis.cli('hget', '{bank}:since', 'from')) + 1)
    const last = (await beganAt(redis)) + WINDOW.clockSkew + CLOCKS_APART
    expect(told).toEqual([last])
    expect(await ledger.claim({ ...aProof(), madeAt: last })).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: last + 1 })).toBe('first')
    // It says so once, not each second.
    await wait(1_500)
    expect(told).toEqual([last])
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

  it.each(['run_id', 'master_replid', 'evicted_keys'])(
    'judges no proof of before where %s is another',
    async (name) => {
      const { redis, ledger } = await aSettledLedger()
      const info = await redis.cli('info', 'everything')
      const knows = (text: string) =>
        redis.cli('hset', '{bank}:since', ...knowingSince(nowSeconds() - 3_600, text))
      await knows(info)
      expect(await ledger.claim(aProof())).toBe('first')
      await knows(info.replace(new RegExp(`${name}:\\w+`), `${name}:7`))
      expect(await ledger.claim(aProof())).toBe('unready')
    },
  )

  it('begins anew where a replica wants proofs remembered for longer, and keeps to that', async () => {
    const { redis, ledger } = await aSettledLedger()
    const proof = aProof()
    expect(await ledger.claim(proof)).toBe('first')
    const wide = new RedisLedger(optionsFor(redis, {}, { window: { maxAge: 161, clockSkew: 10 } }))
    opened.push(wide)
    await expect.poll(() => wide.isReady).toBe(true)
    expect(await wide.claim(proof)).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 20 })).toBe('first')
    // Whoever claims it.
    expect(await longestLife(redis)).toBeGreaterThan(161 + 10)
    const life = () => redis.cli('hget', '{bank}:since', 'life').then(Number)
    expect(await life()).toBe(161 + 10 + 2 * CLOCKS_APART + 2)
    wide.close()
    await redis.cli('hset', '{bank}:since', 'self', 'another')
    expect(await ledger.claim(aProof())).toBe('unready')
    expect(await life()).toBe(161 + 10 + 2 * CLOCKS_APART + 2)
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
