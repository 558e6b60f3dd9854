import type { Log } from '../services/log/log.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import { whyNot } from '../services/redis/problem.ts'
import { RedisLedger, type RedisLedgerEvents } from '../services/replay/redis-ledger.ts'
import { unixNow } from './clock.ts'
import { ledgerDemand } from './ledger.ts'
import type { Settings } from './settings/settings.ts'

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
    found: () => log.info('replay.redis: it can be asked; proofs are judged'),
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
