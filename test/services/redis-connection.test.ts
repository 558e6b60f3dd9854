import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { RedisConnection } from '../../src/services/redis/connection.ts'
import { hasRedis, placeOf, startRedis } from '../support/wire-redis.ts'

describe.skipIf(!hasRedis())('a connection to Redis', () => {
  it('once closed is opened no more, whoever asks for it still', async () => {
    const redis = await startRedis()
    try {
      const connected = Promise.withResolvers<void>()
      const nothing = () => {}
      const connection = new RedisConnection(placeOf(redis), {
        ...{ failed: nothing, moved: nothing, stayed: nothing },
        connected: connected.resolve,
      })
      await connected.promise
      connection.close()
      connection.reconnect()
      connection.move(placeOf(redis))
      await wait(500)
      // That of redis-cli.
      expect((await redis.cli('client', 'list')).split('\n')).toHaveLength(1)
    } finally {
      await redis.stop()
    }
  })
})
