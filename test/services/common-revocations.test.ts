import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RedisPlace } from '../../src/services/redis/connection.ts'
import { RedisScript } from '../../src/services/redis/script.ts'
import { CommonRevocations } from '../../src/services/revocation/common-revocations.ts'
import { readNote, textOf, thingOf } from '../../src/services/revocation/note.ts'
import type { Revocation } from '../../src/services/revocation/revocation-list.ts'
import { seeded } from '../support/seeded.ts'
import { hasRedis, placeOf, placeOfCluster, startRedis, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'

const opened: CommonRevocations[] = []
const started: TestRedis[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  for (const each of opened.splice(0)) each.close()
  await Promise.all(started.splice(0).map((each) => each.stop()))
})

describe('what replicas tell each other', () => {
  it('is read as it was written', () => {
    const entries = [
      of('a'),
      { ...of('b'), issuedBefore: 17 },
      { ...of('c'), by: 'token_hash' as const, issuer: null },
    ]
    for (const entry of entries) {
      for (const isTakenBack of [false, true]) {
        const note = {
          entry: isTakenBack ? { ...entry, issuedBefore: null } : entry,
          isTakenBack,
          at: 1_795_000_000_000_001,
        }
        expect(readNote(thingOf(entry), textOf(note).join(' '))).toEqual(note)
      }
    }
  })

  it('is nothing where somebody else has written', () => {
    const field = thingOf(of('a'))
    for (const text of ['', '1', '1 2', '1 2 x', '1 2 -3', 'a b every', '1 2 every ', '1 2 3 4'])
      expect(readNote(field, text), text).toBeUndefined()
    for (const strange of [
      '',
      '[',
      '{}',
      '["sub","iss"]',
      '["sub",null,"a"]',
      '["token_hash","iss","a"]',
      '["aud","iss","a"]',
      '["sub","iss",7]',
    ])
      expect(readNote(strange, '1 2 every'), strange).toBeUndefined()
  })
})

describe.skipIf(!hasRedis())('CommonRevocations', () => {
  it('makes known to all what one was told, and to those that start later', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    const entries = [
      of('a'),
      { ...of('b'), issuedBefore: 17 },
      { ...of('c'), by: 'token_hash' as const, issuer: null },
    ]
    for (const entry of entries) expect(await one.common.tell(entry, false)).toBe(true)
    await expect.poll(() => other.holds()).toEqual(entries)
    expect((await aReplica(redis)).holds()).toEqual(entries)
    expect(one.news).toEqual([])
  })

  it('takes back what was revoked, whoever was told', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    await one.common.tell(of('a'), false)
    await expect.poll(() => other.holds()).toEqual([of('a')])
    expect(await other.common.tell(of('a'), true)).toBe(true)
    await expect.poll(() => one.news.at(-1)).toBe('takes back a')
    expect((await aReplica(redis)).holds()).toEqual([])
    await one.common.tell(of('a'), false)
    await expect.poll(() => other.holds()).toEqual([of('a')])
  })

  it('of two that revoke the same at once the wider holds, for both', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    const [long, wide] = [
      { ...of('a', 900), issuedBefore: 5 },
      { ...of('a', 300), issuedBefore: 9 },
    ]
    await Promise.all([one.common.tell(long, false), other.common.tell(wide, false)])
    const both = { ...long, issuedBefore: 9 }
    await expect.poll(async () => (await aReplica(redis)).holds()).toEqual([both])
    await one.common.tell({ ...both, issuedBefore: null }, false)
    await expect.poll(() => other.holds()).toEqual([{ ...both, issuedBefore: null }])
  })

  it('clocks that are apart undo no revocation', async () => {
    const redis = await aRedis()
    const ahead = await aReplica(redis, nowSeconds() + 5)
    const behind = await aReplica(redis, nowSeconds() - 5)
    await ahead.say(of('a'), true)
    await behind.say(of('a'), false)
    await wait(2_500)
    for (const each of [ahead, behind, await aReplica(redis)]) expect(each.holds()).toEqual([of('a')])
    // Whoever knows of it can take it back.
    await behind.say(of('a'), true)
    await expect.poll(() => ahead.holds()).toEqual([])
  })

  it('all agree in the end, whatever was said to whom while the server came and went', async () => {
    const redis = await aRedis()
    const random = seeded(4)
    const replicas = [
      await aReplica(redis),
      await aReplica(redis),
      await aReplica(redis, nowSeconds() + 4),
    ] as const
    const said: Promise<boolean>[] = []
    for (let step = 0; step < 120; step++) {
      const replica = replicas[random.below(3)]!
      const entry = {
        ...of(`sub-${random.below(6)}`, 300 + random.below(300)),
        issuedBefore: random.below(3) === 0 ? null : random.below(1_000),
      }
      said.push(replica.say(entry, random.below(3) === 0))
      await wait(random.below(40))
      if (step % 40 === 20) await redis.restart()
      if (step % 40 === 35) await redis.cli('flushall')
    }
    await Promise.all(said)
    const [one, ...others] = replicas
    const names = (replica: typeof one) =>
      replica
        .holds()
        .map(({ value }) => value)
        .sort()
    await wait(1_500)
    await expect.poll(() => others.map(names)).toEqual([names(one), names(one)])
    expect(names(await aReplica(redis))).toEqual(names(one))
  })

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

  it('is not sure of a server that knows of nothing before those that know have told it', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await one.common.tell(of('a'), false)
    await redis.restart()
    const later = await aReplica(redis)
    await later.common.reached
    expect(later.holds()).toEqual([of('a')])
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

  it('hears what became of it where what it took back was revoked anew meanwhile', async () => {
    const redis = await aRedis()
    const [ahead, behind] = [await aReplica(redis, nowSeconds() + 5), await aReplica(redis)]
    await ahead.say(of('a', 300), false)
    await expect.poll(() => behind.holds()).toEqual([of('a', 300)])
    await ahead.say(of('a', 600), false)
    // It cannot be told yet, and the other is heard.
    vi.spyOn(RedisScript.prototype, 'run').mockRejectedValueOnce(new Error('no answer'))
    await behind.say(of('a', 300), true)
    await wait(2_500)
    expect([ahead.holds(), behind.holds()]).toEqual([[of('a', 600)], [of('a', 600)]])
  })

  it('what is taken back is known for as long as any revoked it', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    await one.say(of('a', 100), false)
    await expect.poll(() => other.holds()).toEqual([of('a', 100)])
    await one.say(of('a', 900), false)
    // Of what is said in one millisecond the revocation would hold.
    await wait(2)
    await other.say(of('a', 100), true)
    const [, text] = (await redis.cli('hgetall', '{holdfast.revoked}:notes')).split('\n')
    expect(text).toMatch(new RegExp(`^[0-9]+ ${of('a', 900).until} back$`))
  })

  it('what a clock ended that was ahead for a while holds again', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await one.common.tell(of('a'), false)
    let now = START
    const other = await aReplica(redis, () => now)
    expect(other.forget()).toEqual([of('a')])
    now += 3_600
    await one.common.tell(of('b'), false)
    await wait(1_500)
    expect(other.holds()).toEqual([])
    now = START + 1
    await expect.poll(() => other.holds()).toEqual([of('a'), of('b')])
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
    answer.reject(new Error('no answer'))
    await wait(500)
    // That of redis-cli.
    expect((await redis.cli('client', 'list')).split('\n')).toHaveLength(1)
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

  it('hears nothing of a server that has come to follow another, which may be far behind', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await redis.cli('replicaof', '127.0.0.1', '1')
    await expect.poll(() => one.lost).toEqual([expect.stringContaining('READONLY')])
    expect(one.common.isReady).toBe(false)
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(() => one.common.isReady).toBe(true)
  })

  it('forgets what counts no more', async () => {
    const redis = await aRedis()
    const entry = of('a', 120)
    const one = await aReplica(redis)
    await one.common.tell(entry, false)
    const later = await aReplica(redis, entry.until)
    expect(later.holds()).toEqual([])
    const muchLater = await aReplica(redis, entry.until + 61)
    await muchLater.common.tell(of('b', 1_000), false)
    expect(await redis.cli('hlen', '{holdfast.revoked}:notes')).toBe('1')
    expect(await redis.cli('zcard', '{holdfast.revoked}:changes')).toBe('1')
    expect(await redis.cli('zcard', '{holdfast.revoked}:ends')).toBe('1')
  })

  it('hears thousands, and leaves alone what somebody else has written there', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    const many = Array.from({ length: 2_500 }, (_, at) => of(`sub-${at}`))
    await Promise.all(many.map((entry) => one.common.tell(entry, false)))
    await redis.cli('hset', '{holdfast.revoked}:notes', 'strange', 'text')
    await redis.cli('zadd', '{holdfast.revoked}:changes', '5', 'strange', '6', 'lost')
    expect((await aReplica(redis)).holds()).toHaveLength(2_500)
  })

  it('tells over what somebody else has written of the same, and all else that is told with it', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await redis.cli('hset', '{holdfast.revoked}:notes', thingOf(of('a')), '1 2 x')
    const told = await Promise.all([one.common.tell(of('a'), false), one.common.tell(of('b'), false)])
    expect(told).toEqual([true, true])
    expect((await aReplica(redis)).holds()).toEqual([of('a'), of('b')])
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

function of(value: string, lasts = 600): Revocation {
  return { by: 'sub', issuer: 'https://as.example', value, issuedBefore: null, until: START + lasts }
}

async function aRedis(...options: string[]): Promise<TestRedis> {
  const redis = await startRedis(options)
  started.push(redis)
  return redis
}

/** `now`: what time it is for it, Unix seconds. */
async function aReplica(
  redis: TestRedis | RedisPlace,
  now?: number | (() => number),
  password: string | null = null,
) {
  const held = new Map<string, Revocation>()
  const news: string[] = []
  const lost: string[] = []
  const common = new CommonRevocations({
    place: 'port' in redis ? { ...placeOf(redis), password } : redis,
    prefix: 'holdfast',
    timeout: PATIENCE,
    clock: now === undefined ? Date.now : () => (typeof now === 'number' ? now : now()) * 1_000,
    events: {
      heard: (revoked, takenBack) => {
        for (const entry of revoked) held.set(entry.value, entry)
        for (const { value } of takenBack) held.delete(value)
        news.push(
          ...revoked.map(({ value }) => `revokes ${value}`),
          ...takenBack.map(({ value }) => `takes back ${value}`),
        )
      },
      lost: (problem) => lost.push(problem),
      found: () => {},
    },
  })
  opened.push(common)
  if (password === null) await expect.poll(() => common.isReady, { interval: 10 }).toBe(true)
  const say = (entry: Revocation, isTakenBack: boolean) => {
    if (isTakenBack) held.delete(entry.value)
    else held.set(entry.value, entry)
    return common.tell(entry, isTakenBack)
  }
  const holds = () => [...held.values()]
  /** As a list does when it is late. */
  const forget = () => {
    const forgotten = holds()
    held.clear()
    return forgotten
  }
  return { common, news, lost, say, holds, forget }
}

const START = nowSeconds()
/** Milliseconds: that a machine is busy is not what these are about. */
const PATIENCE = 15_000
