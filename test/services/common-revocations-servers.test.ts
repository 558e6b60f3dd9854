import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../../src/services/redis/connection.ts'
import { RedisScript } from '../../src/services/redis/script.ts'
import { thingOf } from '../../src/services/revocation/note.ts'
import { hasRedis, placeOf, placeOfCluster } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import { aRedis, aReplica, closeAll, of } from './replicas-world.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await closeAll()
})

describe.skipIf(!hasRedis())('CommonRevocations, with a server that is not as it should be,', () => {
  it('tells a server that has forgotten, and one that was away meanwhile', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    await one.common.tell(of('a'), false)
    await one.common.tell(of('b'), false)
    await one.common.tell(of('b'), true)
    await expect.poll(() => other.holds()).toEqual([of('a')])
    await redis.kill()
    expect(await one.common.tell(of('c'), false)).toBe(false)
    expect(await other.common.tell(of('d'), false)).toBe(false)
    expect([one.common.isReady, one.lost.length]).toEqual([false, 1])
    await redis.start()
    await expect
      .poll(() =>
        other
          .holds()
          .map(({ value }) => value)
          .sort(),
      )
      .toEqual(['a', 'c'])
    const later = await aReplica(redis)
    await expect
      .poll(() =>
        later
          .holds()
          .map(({ value }) => value)
          .sort(),
      )
      .toEqual(['a', 'c', 'd'])
    expect(one.common.isReady).toBe(true)
  })

  it.each([
    ['nothing', 0],
    ['less', 1],
  ])('is not sure of a server that knows of %s before those that know have told it', async (_, kept) => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    const entries = [of('a'), of('b')]
    for (const [at, entry] of entries.entries()) {
      if (at === kept) await redis.cli('save')
      await one.common.tell(entry, false)
    }
    await redis.restart()
    const later = await aReplica(redis)
    await later.common.reached
    expect(later.holds()).toEqual(entries)
  })

  it('tells again what was deleted there', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await one.common.tell(of('a'), false)
    await redis.cli('flushall')
    await expect.poll(async () => (await aReplica(redis)).holds()).toEqual([of('a')])
  })

  it.each(['notes', 'changes', 'ends'])('tells again what was deleted there in part: %s', async (key) => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await one.common.tell(of('a'), false)
    await redis.cli('del', `{holdfast.revoked}:${key}`)
    await expect.poll(async () => (await aReplica(redis)).holds()).toEqual([of('a')])
    const changes = () => redis.cli('zrange', '{holdfast.revoked}:changes', '0', '-1', 'withscores')
    await wait(1_500)
    const before = await changes()
    await wait(2_500)
    expect(await changes()).toBe(before)
  })

  it('what is widened is not narrowed by a server that lacks the last of it', async () => {
    const redis = await aRedis()
    const ahead = await aReplica(redis, nowSeconds() + 5)
    const behind = await aReplica(redis)
    await ahead.say({ ...of('a'), issuedBefore: 5 }, false)
    const thing = thingOf(of('a'))
    const before = await redis.cli('hget', '{holdfast.revoked}:notes', thing)
    const wide = { ...of('a'), issuedBefore: 9 }
    await behind.say(wide, false)
    await expect.poll(() => ahead.holds()).toEqual([wide])
    await redis.cli('hset', '{holdfast.revoked}:notes', thing, before)
    await redis.cli('replicaof', '127.0.0.1', '1')
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(async () => (await aReplica(redis)).holds()).toEqual([wide])
  })

  it('leaves no connection behind where it ends while nothing is answered', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    const run = vi.spyOn(RedisScript.prototype, 'run').mockRejectedValue(new Error('no answer'))
    await expect.poll(() => one.lost.length).toBe(1)
    await wait(4_500)
    const answer = Promise.withResolvers<unknown>()
    const asked = Promise.withResolvers<void>()
    run.mockImplementation(() => {
      asked.resolve()
      return answer.promise
    })
    await asked.promise
    await wait(800)
    one.common.close()
    run.mockClear()
    answer.reject(new Error('no answer'))
    await wait(500)
    expect(run).not.toHaveBeenCalled()
    // That of redis-cli.
    expect((await redis.cli('client', 'list')).split('\n')).toHaveLength(1)
  })

  it('tells what was said while it failed, and nobody that it failed once it is closed', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    const run = vi.spyOn(RedisScript.prototype, 'run')
    const reconnect = vi.spyOn(RedisConnection.prototype, 'reconnect')
    const failing = async () => {
      const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()]
      run.mockImplementationOnce(() => {
        asked.resolve()
        return answer.promise
      })
      await asked.promise
      return () => answer.reject(new Error('no answer'))
    }
    const fail = await failing()
    const told = one.common.tell(of('a'), false)
    fail()
    expect([await told, one.lost.length, one.found()]).toEqual([true, 1, 1])
    const failAgain = await failing()
    failAgain()
    await expect.poll(() => [one.lost.length, one.found()]).toEqual([2, 2])
    // A single failure says nothing of the connection.
    expect(reconnect).not.toHaveBeenCalled()
    const failClosed = await failing()
    one.common.close()
    failClosed()
    await wait(100)
    expect(one.lost).toHaveLength(2)
  })

  it('hears others while a server that is full takes nothing of it', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    const { run } = RedisScript.prototype
    vi.spyOn(RedisScript.prototype, 'run').mockImplementation(function (this: RedisScript, keys, values) {
      if (values.includes(thingOf(of('a')))) return Promise.reject(new Error('OOM'))
      return run.call(this, keys, values)
    })
    expect(await one.common.tell(of('a'), false)).toBe(false)
    expect(await other.common.tell(of('b'), false)).toBe(true)
    await expect.poll(() => one.holds()).toEqual([of('b')])
    expect(one.common.isReady).toBe(false)
  })

  it('is not cut off where a member of a cluster is down that is not asked', async () => {
    const options = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no']
    const members = await Promise.all([1, 2, 3].map(() => aRedis(...options)))
    const cluster = members.map(({ port }) => `127.0.0.1:${port}`)
    await members[0]!.cli('--cluster', 'create', ...cluster, '--cluster-yes')
    const at = placeOfCluster(cluster)
    const [one, other] = [await aReplica(at), await aReplica(at)]
    await one.common.tell(of('a'), false)
    const sizes = await Promise.all(members.map(({ cli }) => cli('dbsize')))
    const idle = members[sizes.indexOf('0')]!
    await idle.kill()
    // It may have begun before the cluster was one.
    one.lost.length = 0
    const ready: boolean[] = []
    for (let look = 0; look < 50; look++) {
      await wait(100)
      ready.push(one.common.isReady)
    }
    expect([one.lost, ready.includes(false)]).toEqual([[], false])
    await one.common.tell(of('b'), false)
    await expect.poll(() => other.holds()).toEqual([of('a'), of('b')])
    await Promise.all(members.filter((each) => each !== idle).map((each) => each.kill()))
    await expect.poll(() => one.lost).toHaveLength(1)
    const unconnected = await aReplica(at, undefined, '')
    const refused = [expect.stringContaining('ECONNREFUSED')]
    await expect.poll(() => unconnected.lost).toEqual(refused)
  })

  it('hears nothing of a server that has come to follow another, which may be far behind, and tells it nothing', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    const reconnect = vi.spyOn(RedisConnection.prototype, 'reconnect')
    await redis.cli('replicaof', '127.0.0.1', '1')
    await expect.poll(() => one.lost).toEqual([expect.stringContaining('READONLY')])
    expect(reconnect).toHaveBeenCalledTimes(1)
    expect(one.common.isReady).toBe(false)
    // Nor would others hear what it is told, where it takes that.
    await redis.cli('config', 'set', 'replica-read-only', 'no')
    expect(await one.common.tell(of('a'), false)).toBe(false)
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(() => one.common.isReady).toBe(true)
  })

  it('says why it cannot ask, once, and without the password', async () => {
    const redis = await aRedis('--requirepass', 'secret-word')
    const one = await aReplica(redis, undefined, 'another-word')
    await expect.poll(() => one.lost.length).toBe(1)
    await wait(2_500)
    expect(one.lost).toEqual([expect.stringContaining('WRONGPASS')])
    expect(one.lost.join()).not.toContain('another-word')
    one.common.move({ ...placeOf(redis), password: 'secret-word' })
    await expect.poll(() => one.common.isReady).toBe(true)
  })
})
