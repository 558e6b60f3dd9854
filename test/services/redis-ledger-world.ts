import { expect, vi } from 'vitest'
import type { Once } from '../../src/domain/ports.ts'
import {
  RedisLedger,
  type RedisLedgerEvents,
  type RedisLedgerOptions,
} from '../../src/services/replay/redis-ledger.ts'
import { placeOf, startRedis, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'

export const WINDOW = { maxAge: 60, clockSkew: 10 }
/** Those of the test that runs. */
export const opened: { close(): void }[] = []
const started: TestRedis[] = []
let jti = 0

/** After each test: nothing stays open, and nothing is faked. */
export async function closeAll(): Promise<void> {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const each of opened.splice(0)) each.close()
  await Promise.all(started.splice(0).map((each) => each.stop()))
}

export async function aRedis(options: readonly string[] = []): Promise<TestRedis> {
  const redis = await startRedis(options)
  started.push(redis)
  return redis
}

export function optionsFor(
  redis: Pick<TestRedis, 'port'>,
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
export async function aLedger(
  redis: TestRedis,
  events: Partial<RedisLedgerEvents> = {},
  changes: Partial<RedisLedgerOptions> = {},
): Promise<RedisLedger> {
  const ledger = new RedisLedger(optionsFor(redis, events, changes))
  opened.push(ledger)
  await expect.poll(() => ledger.isReady).toBe(true)
  return ledger
}

/** One with a server of its own, which has known for an hour. */
export async function aSettledLedger(): Promise<{ redis: TestRedis; ledger: RedisLedger }> {
  const redis = await aRedis()
  const ledger = await aLedger(redis)
  await settled(redis)
  return { redis, ledger }
}

/** As if the server had known for an hour. */
export async function settled({ cli }: TestRedis): Promise<void> {
  await cli('hset', '{bank}:since', 'since', `${nowSeconds() - 3_600}`)
}

/** From when on the server knows, Unix seconds. */
export async function beganAt({ cli }: TestRedis): Promise<number> {
  return Number(await cli('hget', '{bank}:since', 'since'))
}

export function aProof(): Once {
  jti += 1
  return { jkt: 'a-client', jti: `proof ${jti}`, madeAt: nowSeconds() }
}

/** Seconds that the proof has which is remembered for longest. */
export async function longestLife({ cli }: TestRedis): Promise<number> {
  const keys = (await cli('--scan', '--pattern', '{bank}:????????*')).split('\n')
  return Math.max(...(await Promise.all(keys.map(async (key) => Number(await cli('ttl', key))))))
}

/** Milliseconds: that a machine is busy is not what these are about. */
export const PATIENCE = 15_000
