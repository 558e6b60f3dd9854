import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { RevocationControl, type RevocationControlPorts } from '../../src/runtime/revocation-control.ts'
import type { RedisPlace } from '../../src/services/redis/connection.ts'
import { CommonRevocations } from '../../src/services/revocation/common-revocations.ts'
import type { Revocation } from '../../src/services/revocation/revocation-list.ts'
import { hasRedis, placeOf, startRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'

describe.skipIf(!hasRedis())('RevocationControl', () => {
  it('what is revoked here holds, though others took it back before and threads are slow', async () => {
    await withOther(async ({ other, port, delay }) => {
      await other.tell(ENTRY, false)
      await expect.poll(() => port.list.size).toBe(1)
      await other.tell(ENTRY, true)
      delay(2_000)
      expect(await port.onRevoked(port.list.add(ENTRY, nowSeconds())!, {})).toBe(true)
      expect(port.list.entries(nowSeconds())).toEqual([ENTRY])
    })
  })

  it('others are heard while a thread is stuck', async () => {
    await withOther(async ({ other, port, delay }) => {
      delay(30_000)
      await other.tell(ENTRY, false)
      await expect.poll(() => port.list.size).toBe(1)
      await other.tell(ENTRY, true)
      await expect.poll(() => port.list.size).toBe(0)
    })
  })
})

const ENTRY: Revocation = {
  ...{ by: 'sub', issuer: 'https://as.example', value: 'a' },
  ...{ issuedBefore: null, until: nowSeconds() + 600 },
}

interface Stage {
  /** Another replica. */
  readonly other: CommonRevocations
  readonly port: RevocationControl['port']
  /** How many milliseconds threads take from now on. */
  readonly delay: (milliseconds: number) => void
}

async function withOther(test: (stage: Stage) => Promise<void>): Promise<void> {
  const redis = await startRedis()
  const place = placeOf(redis)
  const other = new CommonRevocations({
    ...{ place, prefix: 'holdfast', timeout: 1_000, clock: Date.now },
    events: { heard: () => {}, lost: () => {}, found: () => {} },
  })
  let taken = 0
  const control = new RevocationControl(portsOf(place, () => wait(taken, undefined, { ref: false })))
  const delay = (milliseconds: number) => {
    taken = milliseconds
  }
  try {
    await Promise.all([other.reached, control.reached()])
    await test({ other, port: control.port, delay })
  } finally {
    control.stop()
    other.close()
    await redis.stop()
  }
}

/** `ask`: how long all threads take. */
function portsOf(redis: RedisPlace, ask: () => Promise<void>): RevocationControlPorts {
  const document = { replay: { redis: { prefix: 'holdfast', timeout: 1_000 } } }
  return {
    configuration: { settings: { document, redis, revocations: { entries: [] } } },
    threads: () => ({ ask, tell: () => {} }),
    log: { info: () => {}, error: () => {} },
    metrics: { revocation: { share: () => {} } },
  } as unknown as RevocationControlPorts
}
