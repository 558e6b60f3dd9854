import type { Document } from '../config/document.ts'
import type { Log } from '../services/log/log.ts'
import type { Materials } from '../services/materials/materials.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import type { RedisPlace } from '../services/redis/connection.ts'
import { RedisLedger, type RedisLedgerEvents } from '../services/replay/redis-ledger.ts'
import { unixNow } from './clock.ts'
import { ledgerDemand } from './ledger.ts'
import type { Settings } from './settings/settings.ts'
import { readTlsFiles } from './settings/tls-files.ts'

/** Where replicas remember together; null: each remembers for itself. */
export function readRedis({ replay }: Document, materials: Materials): RedisPlace | null {
  const { store, redis } = replay
  if (store !== 'redis' || redis === undefined) return null
  const path = ['replay', 'redis']
  const { password_file: passwordFile } = redis
  return {
    url: redis.url ?? null,
    cluster: redis.cluster ?? [],
    isPlaintext: redis.danger_plaintext,
    username: redis.username ?? null,
    password: passwordFile === undefined ? null : materials.secret(passwordFile, [...path, 'password_file']),
    ...readTlsFiles(redis, path, materials),
  }
}

/** The ledger of all replicas, as a thread asks it; null where each remembers for itself. */
export function openCommonLedger(
  { document, redis }: Settings,
  log: Log,
  metrics: Metrics,
): RedisLedger | null {
  if (redis === null || document.replay.redis === undefined) return null
  const { prefix, timeout } = document.replay.redis
  const ledger = new RedisLedger({
    place: redis,
    prefix,
    timeout,
    window: ledgerDemand(document),
    now: unixNow,
    events: eventsTo(log),
    claimed: (seconds) => metrics.redis.claimed(seconds),
  })
  metrics.redis.watch(() => ledger.isReady)
  return ledger
}

function eventsTo(log: Log): RedisLedgerEvents {
  return {
    lost: (problem) => log.error('replay.redis: proofs are refused until it can be asked', whyNot(problem)),
    found: () => log.info('replay.redis: asked for proofs'),
    began: (since) =>
      log.warn('replay.redis: it may have forgotten what was spent; proofs of before are refused', {
        before: new Date(since * 1_000).toISOString(),
      }),
    moved: () => log.info('replay.redis: connected with what the files hold now'),
    stayed: (problem) =>
      log.error(
        'replay.redis: it refuses what the files hold now; the connection of before serves on until it ends',
        {
          problem,
        },
      ),
  }
}

/** Why Redis cannot be asked, for the log; and what the user may lack where it says so. */
export function whyNot(problem: string): object {
  return MAY_NOT.test(problem) ? { problem, takes: RIGHTS } : { problem }
}

/** What Redis says of a command that its user may not give. */
const MAY_NOT = /NOPERM|can't run this command/
const RIGHTS =
  '+evalsha +eval +info +time +set +hget +hmget +hset +hdel +hlen +zadd +zcard +zrangebyscore +zrevrange +zrem, and +cluster in a cluster'
