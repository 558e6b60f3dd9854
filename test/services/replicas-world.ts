import { expect } from 'vitest'
import type { RedisPlace } from '../../src/services/redis/connection.ts'
import { CommonRevocations } from '../../src/services/revocation/common-revocations.ts'
import type { Revocation } from '../../src/services/revocation/revocation-list.ts'
import { placeOf, startRedis, type TestRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'

/** Those of the test that runs. */
export const opened: CommonRevocations[] = []
const started: TestRedis[] = []

/** After each test: nothing stays open. */
export async function closeAll(): Promise<void> {
  for (const each of opened.splice(0)) each.close()
  await Promise.all(started.splice(0).map((each) => each.stop()))
}

export function of(value: string, lasts = 600): Revocation {
  return { by: 'sub', issuer: 'https://as.example', value, issuedBefore: null, until: START + lasts }
}

export async function aRedis(...options: string[]): Promise<TestRedis> {
  const redis = await startRedis(options)
  started.push(redis)
  return redis
}

/** `now`: what time it is for it, Unix seconds. */
export async function aReplica(
  redis: TestRedis | RedisPlace,
  now?: number | (() => number),
  password: string | null = null,
) {
  const held = new Map<string, Revocation>()
  const news: string[] = []
  const lost: string[] = []
  let found = 0
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
      found: () => void found++,
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
  return { common, news, lost, found: () => found, say, holds, forget }
}

export const START = nowSeconds()
/** Milliseconds: that a machine is busy is not what these are about. */
export const PATIENCE = 15_000
