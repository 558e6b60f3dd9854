import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CLOCKS_APART } from '../../src/domain/check.ts'
import { RedisScript } from '../../src/services/redis/script.ts'
import { RedisLedger } from '../../src/services/replay/redis-ledger.ts'
import { hasRedis, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import {
  aLedger,
  aProof,
  aRedis,
  aSettledLedger,
  beganAt,
  closeAll,
  opened,
  optionsFor,
  settled,
  WINDOW,
} from './redis-ledger-world.ts'

afterEach(closeAll)

describe.skipIf(!hasRedis())('RedisLedger, where a clock is wrong,', () => {
  it.each([-4, 4])('begins to know by the later of two clocks, where its own is off by %i s', async (off) => {
    const redis = await aRedis()
    const before = nowSeconds()
    await aLedger(redis, {}, { now: () => nowSeconds() + off })
    expect(await beganAt(redis)).toBeGreaterThan(before + Math.max(off, 0))
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
    // It began anew once, not each second from then on.
    const [began, kept] = [await beganAt(redis), await keptAt(redis)]
    await expect.poll(() => keptAt(redis)).toBeGreaterThan(kept + 1)
    expect(await beganAt(redis)).toBe(began)
  })

  it('judges no proof of a time that its clock comes to once more, where what was claimed then has expired', async () => {
    const { redis, ledger } = await aSettledLedger()
    const now = nowSeconds()
    const life = 60 + 10 + 2 * CLOCKS_APART + 2
    // It keeps the time by itself, from the first question on.
    expect(Number(await redis.cli('hget', '{bank}:since', 'latest'))).toBeGreaterThan(now - 60)
    await redis.cli('hset', '{bank}:since', 'from', `${now + 200 - life}`, 'latest', `${now + 200}`)
    const gone = now + 200 - life + 10 + CLOCKS_APART
    expect(await ledger.claim(aProof())).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: gone })).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: gone + 1 })).toBe('first')
    const told: number[] = []
    await aLedger(redis, { began: (since) => told.push(since) })
    expect(told).toEqual([gone])
    // Nor later, whatever becomes of its clock.
    await redis.cli('hset', '{bank}:since', 'from', `${now - 1_000}`, 'latest', `${now - 10}`)
    expect(await ledger.claim({ ...aProof(), madeAt: gone })).toBe('unready')
  })

  it('judges no proof of before where its clock had jumped ahead, and is right again', async () => {
    const { redis, ledger } = await aSettledLedger()
    const now = nowSeconds()
    await redis.cli('hset', '{bank}:since', 'from', `${now + 1_000}`, 'latest', `${now + 1_050}`)
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
    await redis.cli('hset', '{bank}:since', 'from', `${nowSeconds() + 30}`, 'latest', `${nowSeconds() + 30}`)
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

  it('goes on while it is looked at, by a key that would have gone where its clock was ahead', async () => {
    const { redis } = await aSettledLedger()
    const [began, kept] = [await beganAt(redis), await keptAt(redis)]
    await expect.poll(() => keptAt(redis)).toBeGreaterThan(kept + 4)
    expect(await beganAt(redis)).toBe(began)
    const lives = () => redis.cli('pttl', '{bank}:kept').then(Number)
    await expect.poll(lives).toBeGreaterThan(0)
    expect(await lives()).toBeLessThanOrEqual(3_000)
  })

  it('goes on where its clock was set back by no more than a clock of whole seconds is off', async () => {
    const { redis, ledger } = await aSettledLedger()
    await redis.cli('hset', '{bank}:since', 'latest', `${nowSeconds() + 2}`)
    expect(await ledger.claim(aProof())).toBe('first')
  })

  it('goes on where nobody asked for a while', async () => {
    const { redis, ledger } = await aSettledLedger()
    const script = "redis.call('DEL', KEYS[2]) return redis.call('HSET', KEYS[1], 'kept', ARGV[1])"
    await redis.cli('eval', script, '2', '{bank}:since', '{bank}:kept', `${nowSeconds() - 3}`)
    expect(await ledger.claim(aProof())).toBe('first')
    const began = vi.fn()
    await aLedger(redis, { began })
    expect(began).not.toHaveBeenCalled()
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
    ahead = CLOCKS_APART - 2
    await expect.poll(() => ledger.isReady).toBe(true)
  })

  it('has nobody begin anew each time that a clock is a little less than too far from its own', async () => {
    const { redis } = await aSettledLedger()
    const began = await beganAt(redis)
    const told: string[] = []
    const lost = (problem: string) => void told.push(problem)
    let ahead = CLOCKS_APART + 2
    const ledger = new RedisLedger(optionsFor(redis, { lost }, { now: () => nowSeconds() + ahead }))
    opened.push(ledger)
    await expect.poll(() => told).toHaveLength(1)
    ahead = CLOCKS_APART
    await expect.poll(() => ledger.problem).toMatch(/ [45] s apart$/)
    // So long that another reason would be told.
    await wait(3_500)
    expect([ledger.isReady, await beganAt(redis)]).toEqual([false, began])
    expect(told).toHaveLength(1)
    ahead = CLOCKS_APART - 2
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(await beganAt(redis)).toBeGreaterThan(began)
  })

  it('keeps nobody out of a time that its clock only jumped over, and judges no proof of before the jump', async () => {
    const { redis, ledger } = await aSettledLedger()
    const now = nowSeconds()
    const at = (field: string) => redis.cli('hget', '{bank}:since', field).then(Number)
    // A moment ago it was an hour earlier, and it stays so for a while.
    await redis.cli('hset', '{bank}:since', 'from', `${now - 7_200}`, 'latest', `${now - 3_600}`)
    await expect.poll(() => at('latest')).toBeGreaterThan(now + 3)
    // Then it is set back, by 100 s more: to a time in which proofs were claimed that have expired.
    const times = ['from', 'latest', 'gone', 'kept'].flatMap((field) => [field, '3700'])
    const script = "for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end"
    await redis.cli('eval', script, '1', '{bank}:since', ...times)
    const last = now + 100 + WINDOW.clockSkew + CLOCKS_APART
    expect(await ledger.claim({ ...aProof(), madeAt: last })).toBe('unready')
    expect(await ledger.claim({ ...aProof(), madeAt: last + 1 })).toBe('first')
  })

  it('has all servers note their time as soon as a claim meets a clock that is too far from its own', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const redis = await aRedis()
    let ahead = 0
    const ledger = await aLedger(redis, {}, { now: () => nowSeconds() + ahead })
    const runs = vi.spyOn(RedisScript.prototype, 'run')
    const looks = () => {
      if (runs.mock.calls.length < ahead) vi.advanceTimersByTime(1_000)
      return runs.mock.calls.length
    }
    // So slowly that nobody says that it was set.
    for (ahead = 1; ahead <= CLOCKS_APART; ahead++) await expect.poll(looks).toBe(ahead)
    expect(ledger.isReady).toBe(true)
    // From here on it does not look by itself.
    vi.useRealTimers()
    const isReady = () => ledger.claim(aProof()).then(() => ledger.isReady)
    await expect.poll(isReady).toBe(false)
  })
})

/** When the server was last looked at, by its clock. */
async function keptAt({ cli }: TestRedis): Promise<number> {
  return Number(await cli('hget', '{bank}:since', 'kept'))
}
