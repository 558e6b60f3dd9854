import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RedisScript } from '../../src/services/redis/script.ts'
import { thingOf } from '../../src/services/revocation/note.ts'
import { seeded } from '../support/seeded.ts'
import { hasRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import { aRedis, aReplica, closeAll, of, START } from './replicas-world.ts'

afterEach(async () => {
  vi.restoreAllMocks()
  await closeAll()
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

  it('tells nothing again that nobody lacks', async () => {
    const redis = await aRedis()
    const one = await aReplica(redis)
    await one.common.tell(of('a'), false)
    const run = vi.spyOn(RedisScript.prototype, 'run')
    await expect.poll(() => run.mock.calls.length).toBeGreaterThan(2)
    // Who listens names one thing: since when.
    for (const [, values] of run.mock.calls) expect(values).toHaveLength(1)
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

  it('of two that revoke the same the later counts against what is taken back, whoever was last', async () => {
    const redis = await aRedis()
    const [ahead, behind] = [await aReplica(redis, START + 5), await aReplica(redis, START - 5)]
    await ahead.say(of('a'), false)
    await behind.say(of('a'), false)
    const [, text = ''] = (await redis.cli('hgetall', '{holdfast.revoked}:notes')).split('\n')
    expect(Number(text.split(' ')[0])).toBeGreaterThanOrEqual((START + 5) * 1_000_000)
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

  it('holds the later of two moments, whoever was last', async () => {
    const redis = await aRedis()
    const replicas = [await aReplica(redis), await aReplica(redis)] as const
    const wide = { ...of('a'), issuedBefore: 9 }
    await replicas[0].say(wide, false)
    await replicas[1].say({ ...wide, issuedBefore: 5 }, false)
    for (const each of replicas) await expect.poll(() => each.holds()).toEqual([wide])
    expect((await aReplica(redis)).holds()).toEqual([wide])
  })

  it('hears what is said after the clock of the server was set back', async () => {
    const redis = await aRedis()
    const [one, other] = [await aReplica(redis), await aReplica(redis)]
    await one.say(of('a'), false)
    // An hour ahead, in microseconds.
    await redis.cli('zadd', '{holdfast.revoked}:changes', `${(nowSeconds() + 3_600) * 1e6}`, thingOf(of('a')))
    await wait(2_500)
    await one.say(of('b'), false)
    await expect.poll(() => other.holds()).toEqual([of('a'), of('b')])
  })

  it('forgets what counts no more', async () => {
    const redis = await aRedis()
    const entry = of('a', 120)
    const one = await aReplica(redis)
    await one.common.tell(entry, false)
    const later = await aReplica(redis, entry.until)
    expect(later.holds()).toEqual([])
    // Some clocks are behind.
    await (await aReplica(redis, entry.until + 59)).common.tell({ ...entry, value: 'c' }, true)
    expect(await redis.cli('hlen', '{holdfast.revoked}:notes')).toBe('2')
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
    await redis.cli('hset', '{holdfast.revoked}:notes', thingOf(of('c')), '1 2 x')
    const entries = [of('a'), of('b'), { ...of('c'), issuedBefore: 5 }]
    expect(await Promise.all(entries.map((each) => one.common.tell(each, false)))).toEqual([true, true, true])
    expect((await aReplica(redis)).holds()).toEqual(entries)
  })
})
