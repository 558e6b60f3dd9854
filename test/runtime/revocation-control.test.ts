import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { RevocationControl, type RevocationControlPorts } from '../../src/runtime/revocation-control.ts'
import { CommonRevocations } from '../../src/services/revocation/common-revocations.ts'
import type { Revocation } from '../../src/services/revocation/revocation-list.ts'
import { hasRedis, startRedis } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'

describe.skipIf(!hasRedis())('RevocationControl', () => {
  it('what is revoked here holds, though others took it back before and threads are slow', async () => {
    const redis = await startRedis()
    const place = placeOf(redis.port)
    const other = new CommonRevocations({
      ...{ place, prefix: 'holdfast', timeout: 1_000, clock: Date.now },
      events: { heard: () => {}, lost: () => {}, found: () => {} },
    })
    let delay = 0
    const control = new RevocationControl(portsOf(place, () => wait(delay)))
    const { port } = control
    try {
      await Promise.all([other.reached, control.reached()])
      await other.tell(ENTRY, false)
      await expect.poll(() => port.list.size).toBe(1)
      await other.tell(ENTRY, true)
      delay = 2_000
      expect(await port.onRevoked(port.list.add(ENTRY, nowSeconds())!, {})).toBe(true)
      expect(port.list.entries(nowSeconds())).toEqual([ENTRY])
    } finally {
      control.stop()
      other.close()
      await redis.stop()
    }
  })
})

const ENTRY: Revocation = {
  ...{ by: 'sub', issuer: 'https://as.example', value: 'a' },
  ...{ issuedBefore: null, until: nowSeconds() + 600 },
}

function placeOf(port: number) {
  const none = { username: null, password: null, ca: null, certificate: null, privateKey: null }
  return { ...none, url: `redis://127.0.0.1:${port}`, cluster: [], isPlaintext: true }
}

/** `ask`: how long all threads take. */
function portsOf(redis: ReturnType<typeof placeOf>, ask: () => Promise<void>): RevocationControlPorts {
  const document = { replay: { redis: { prefix: 'holdfast', timeout: 1_000 } } }
  return {
    configuration: { settings: { document, redis, revocations: { entries: [] } } },
    threads: () => ({ ask, tell: () => {} }),
    log: { info: () => {}, error: () => {} },
    metrics: { revocation: { share: () => {} } },
  } as unknown as RevocationControlPorts
}
