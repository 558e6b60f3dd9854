import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../../src/services/redis/connection.ts'
import { OFFLINE } from '../../src/services/redis/problem.ts'
import { pkiFolder } from '../support/wire-pki.ts'
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
      connection.move(placeOf(redis))
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

  it('keeps nothing for later that it is asked while nobody is there', async () => {
    const redis = await startRedis()
    const [connected, failed] = [Promise.withResolvers<void>(), Promise.withResolvers<Error>()]
    const connection = new RedisConnection(placeOf(redis), {
      ...{ moved: () => {}, stayed: () => {} },
      ...{ connected: connected.resolve, failed: failed.resolve },
    })
    try {
      await connected.promise
      await redis.kill()
      await failed.promise
      await expect(connection.ask('at', ['SET', 'at', 'late'])).rejects.toThrow(OFFLINE)
    } finally {
      connection.close()
      await redis.stop()
    }
  })

  it('that moves goes on where it was until it is there, and what it asked before is still answered', async () => {
    const [here, there] = [await startRedis(), await startRedis()]
    const [connected, moved] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const stayed: string[] = []
    const connection = new RedisConnection(placeOf(here), {
      ...{ failed: () => {}, connected: connected.resolve, moved: moved.resolve },
      stayed: ({ message }) => stayed.push(message),
    })
    try {
      await connected.promise
      connection.move({ ...placeOf(there), url: 'redis://127.0.0.1:1' })
      await expect.poll(() => stayed.at(-1)).toContain('ECONNREFUSED')
      await connection.ask('at', ['SET', 'at', 'here'])
      const before = connection.ask('list', ['BLPOP', 'list', '0'])
      connection.move(placeOf(there))
      await moved.promise
      await connection.ask('at', ['SET', 'at', 'there'])
      await here.cli('rpush', 'list', 'said')
      expect(await before).toEqual(['list', 'said'])
      expect([await here.cli('get', 'at'), await there.cli('get', 'at')]).toEqual(['here', 'there'])
    } finally {
      connection.close()
      await Promise.all([here.stop(), there.stop()])
    }
  })

  it('that meets TLS where it does not expect it, or none where it does, says so until it stood once', async () => {
    const pki = await pkiFolder()
    const [certificate, key] = ['server.pem', 'server-key.pem'].map((name) => join(pki, name)) as [
      string,
      string,
    ]
    const secure = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no']
    const servers = [await startRedis(), await startRedis([], secure)] as const
    const problem = (at: number, scheme: string) =>
      new Promise<string>((resolve) => {
        const redis = servers[at]!
        const nothing = () => {}
        const connection = new RedisConnection(
          { ...placeOf(redis), url: `${scheme}://127.0.0.1:${redis.port}` },
          {
            ...{ connected: nothing, moved: nothing, stayed: nothing },
            failed: (error) => {
              connection.close()
              resolve(connection.problemOf(error))
            },
          },
        )
      })
    try {
      expect(await problem(0, 'rediss')).toBe('Connection timeout (does it speak TLS?)')
      expect(await problem(1, 'redis')).toMatch(/ \(does it speak TLS alone\?\)$/)
      const connected = Promise.withResolvers<void>()
      const failed = Promise.withResolvers<Error>()
      const connection = new RedisConnection(placeOf(servers[0]), {
        ...{ moved: () => {}, stayed: () => {} },
        ...{ connected: connected.resolve, failed: failed.resolve },
      })
      await connected.promise
      await servers[0].kill()
      expect(connection.problemOf(await failed.promise)).not.toContain('TLS')
      connection.close()
    } finally {
      for (const redis of servers) await redis.stop()
    }
  })

  it('over TLS is to one whose certificate we trust, whatever the environment says of it', async () => {
    const pki = await pkiFolder()
    const at = (name: string) => join(pki, name)
    const redis = await startRedis(
      [],
      [
        '--tls-cert-file',
        at('server.pem'),
        '--tls-key-file',
        at('server-key.pem'),
        '--tls-auth-clients',
        'no',
      ],
    )
    const reach = (ca: string | null) =>
      new Promise<string>((resolve) => {
        const place = { ...placeOf(redis), url: `rediss://127.0.0.1:${redis.port}`, ca }
        const told = (says: string) => {
          connection.close()
          resolve(says)
        }
        const connection = new RedisConnection(place, {
          ...{ moved: () => {}, stayed: () => {} },
          connected: () => told('connected'),
          failed: ({ message }) => told(message),
        })
      })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    try {
      expect(await reach(readFileSync(at('server-ca.pem'), 'utf8'))).toBe('connected')
      expect(await reach(null)).toMatch(/self.signed|unable to/)
    } finally {
      vi.unstubAllEnvs()
      await redis.stop()
    }
  })
})

it('what went wrong is told without any password that the connection was ever given', () => {
  const nothing = () => {}
  const place = { ...placeOf({ port: 0 }), password: 'S3CRET' }
  const events = { connected: nothing, failed: nothing, moved: nothing, stayed: nothing }
  const connection = new RedisConnection(place, events)
  connection.move({ ...place, password: 'AN0THER' })
  connection.move({ ...place, password: '' })
  connection.close()
  expect(connection.problemOf(new Error('S3CRET is not AN0THER'))).toBe('… is not …')
})
