import type { ProcessLog } from '../services/log/log.ts'
import { CommonRevocations, type CommonRevocationsEvents } from '../services/revocation/common-revocations.ts'
import { RIGHTS } from './common-ledger.ts'
import type { Settings } from './settings.ts'

/** How replicas tell each other what is revoked; null where each knows for itself. */
export function openCommonRevocations(
  { document, redis }: Settings,
  log: ProcessLog,
  heard: CommonRevocationsEvents['heard'],
): CommonRevocations | null {
  if (redis === null || document.replay.redis === undefined) return null
  const { prefix, timeout } = document.replay.redis
  return new CommonRevocations({
    place: redis,
    prefix,
    timeout,
    clock: Date.now,
    events: {
      heard: async (revoked, takenBack) => {
        await heard(revoked, takenBack)
        log.info('replay.redis: heard of revocations', {
          revoked: revoked.length,
          taken_back: takenBack.length,
        })
      },
      lost: (problem) =>
        log.error(
          'replay.redis: revocations are not told to other replicas, nor theirs heard, until it can be asked',
          {
            problem,
            takes: RIGHTS,
          },
        ),
      found: () => log.info('replay.redis: revocations are told and heard'),
    },
  })
}
