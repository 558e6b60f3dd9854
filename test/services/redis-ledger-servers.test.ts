import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RedisConnection } from '../../src/services/redis/connection.ts'
import { RedisScript } from '../../src/services/redis/script.ts'
import { claimOf, sinceOf } from '../../src/services/replay/claim-script.ts'
import { RedisLedger } from '../../src/services/replay/redis-ledger.ts'
import { hasRedis, placeOf, placeOfCluster } from '../support/wire-redis.ts'
import { nowSeconds } from '../support/wire-tokens.ts'
import {
  aLedger,
  aProof,
  aRedis,
  aSettledLedger,
  closeAll,
  opened,
  optionsFor,
  settled,
} from './redis-ledger-world.ts'

afterEach(closeAll)

describe('what a server answers', () => {
  it.each(['unready', 'first', 'replayed'] as const)('%s, of the proof that was asked about', (claim) => {
    expect(claimOf(`${claim} {bank}:a`, '{bank}:a')).toBe(claim)
    expect(() => claimOf(`${claim} {bank}:b`, '{bank}:a')).toThrow('ASTRAY')
  })

  it('since when it knows', () => {
    expect(sinceOf(7)).toBe(7)
  })

  it.each(['OK', 'length', 'constructor', 'first', '', 1, null, [1], new Error('LOADING')])(
    '%s is no answer',
    (answer) => {
      expect(() => claimOf(answer, '{bank}:a')).toThrow('ASTRAY')
      if (answer !== 1) expect(() => sinceOf(answer)).toThrow('ASTRAY')
    },
  )
})

describe.skipIf(!hasRedis())('RedisLedger, with a server that is not as it should be,', () => {
  it('is unready while the server is down, hangs or is another, and ready again by itself', async () => {
    const told: string[] = []
    const redis = await aRedis()
    const events = { lost: (problem: string) => told.push(problem), found: () => told.push('found') }
    const ledger = await aLedger(redis, events, { timeout: 2_000 })
    await settled(redis)
    redis.pause()
    expect(await ledger.claim(aProof())).toBe('unready')
    await expect.poll(() => told.at(-1)).toContain('no answer within')
    // At once: nobody is asked.
    const nextTurn = new Promise((resolve) => setImmediate(resolve, 'later'))
    expect(await Promise.race([ledger.claim(aProof()), nextTurn])).toBe('unready')
    redis.resume()
    await expect.poll(() => ledger.isReady).toBe(true)
    await redis.kill()
    await expect.poll(() => ledger.isReady).toBe(false)
    expect(await ledger.claim(aProof())).toBe('unready')
    await redis.start()
    await expect.poll(() => ledger.isReady).toBe(true)
    expect(ledger.problem).toBeNull()
    expect(told.filter((each) => each === 'found')).toHaveLength(3)
  })

  it('tells no password where the server quotes it', async () => {
    const redis = await aRedis(['--rename-command', 'HELLO', ''])
    const told: string[] = []
    const options = optionsFor(redis, { lost: (problem) => void told.push(problem) })
    opened.push(new RedisLedger({ ...options, place: { ...options.place, password: 'S3CRET' } }))
    await expect.poll(() => told).toEqual(["ERR unknown command 'HELLO'"])
  })

  it('connects once more, not once for each claim, where the server takes no writes any longer', async () => {
    const { redis, ledger } = await aSettledLedger()
    const claims = Array.from({ length: 500 }, () => ledger.claim(aProof()))
    await redis.cli('replicaof', '127.0.0.1', '1')
    claims.push(...Array.from({ length: 500 }, () => ledger.claim(aProof())))
    await Promise.all(claims)
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(() => ledger.isReady).toBe(true)
    const clients = async () => Number(/connected_clients:(\d+)/.exec(await redis.cli('info', 'clients'))![1])
    await expect.poll(clients).toBeLessThanOrEqual(2)
    for (let round = 0; round < 20; round++) {
      const brief = new RedisLedger(optionsFor(redis))
      if (round % 2) await wait(1)
      brief.close()
    }
    await expect.poll(clients).toBeLessThanOrEqual(2)
  })

  it('leaves one that takes no writes any longer as soon as a claim meets that', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { redis, ledger } = await aSettledLedger()
    const leaves = vi.spyOn(RedisConnection.prototype, 'reconnect')
    await redis.cli('replicaof', '127.0.0.1', '1')
    const claims = await Promise.all([aProof(), aProof()].map((each) => ledger.claim(each)))
    expect(claims).toEqual(['unready', 'unready'])
    expect(leaves).toHaveBeenCalledTimes(1)
  })

  it('goes on as it was until it is told a password that is right', async () => {
    const told: string[] = []
    const redis = await aRedis()
    const ledger = await aLedger(redis, {
      lost: (problem) => told.push(problem),
      stayed: (problem) => told.push(`stayed: ${problem}`),
    })
    await settled(redis)
    const place = optionsFor(redis).place
    await redis.cli('acl', 'setuser', 'another', 'on', '>right', '~*', '+@all')
    ledger.move({ ...place, username: 'another', password: 'wrong' })
    await expect.poll(() => told).toEqual([expect.stringContaining('stayed: WRONGPASS')])
    for (let round = 0; round < 20; round++) {
      expect(await ledger.claim(aProof())).toBe('first')
      await wait(50)
    }
    ledger.move({ ...place, username: 'another', password: 'wrong too' })
    await expect.poll(() => told).toHaveLength(2)
    ledger.move({ ...place, username: 'another', password: 'right' })
    await expect.poll(async () => (await redis.cli('client', 'list')).match(/user=another/g)).toHaveLength(1)
    await expect.poll(async () => (await redis.cli('client', 'list')).match(/user=default/g)).toHaveLength(1)
    expect(await ledger.claim(aProof())).toBe('first')
    expect(told).toHaveLength(2)
  })

  it('says why it is not ready from its start on', async () => {
    const redis = await aRedis(['--requirepass', 'a-password'])
    const told = (password: string | null) =>
      new Promise<string>((lost) => {
        const options = optionsFor(redis, { lost })
        opened.push(new RedisLedger({ ...options, place: { ...options.place, password } }))
      })
    expect(await told(null)).toContain('NOAUTH')
    expect(await told('wrong')).toContain('WRONGPASS')
    await redis.kill()
    expect(await told(null)).toContain('ECONNREFUSED')
  })

  it('tells each reason once, though the members of a cluster fail in turns', async () => {
    const told: string[] = []
    const options = optionsFor({ port: 1 }, { lost: (problem) => told.push(problem.replace(/\d+/g, '')) })
    const ledger = new RedisLedger({ ...options, place: placeOfCluster(['127.0.0.1:1', '127.0.0.1:2']) })
    opened.push(ledger)
    await wait(11_000)
    expect(told.length).toBeGreaterThan(1)
    expect(new Set(told).size).toBe(told.length)
  })

  it('tries whether it may do all that a claim takes, and tells each reason', async () => {
    const told: string[] = []
    const redis = await aRedis()
    const rights = ['+evalsha', '+eval', '+info', '+hmget', '+hset', '+set', '+time']
    await redis.cli('acl', 'setuser', 'holdfast', 'on', '>right', '~{bank}:*', ...rights, '-set')
    const options = optionsFor(redis, { lost: (problem) => told.push(problem) })
    const place = { ...options.place, username: 'holdfast', password: 'right' }
    const ledger = new RedisLedger({ ...options, place })
    opened.push(ledger)
    await expect.poll(() => told.at(-1)).toContain("can't run this command")
    expect(ledger.isReady).toBe(false)
    await redis.kill()
    await expect.poll(() => told.at(-1)).toMatch(/ECONNREFUSED|closed/)
    await redis.start()
    await expect.poll(() => told.at(-1)).toContain('WRONGPASS')
    await redis.cli('acl', 'setuser', 'holdfast', 'on', '>right', '~{bank}:*', ...rights)
    await expect.poll(() => ledger.isReady).toBe(true)
  })

  it('does not ask a server again that has not answered yet', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { redis, ledger } = await aSettledLedger()
    const runs = vi.spyOn(RedisScript.prototype, 'run')
    redis.pause()
    vi.advanceTimersByTime(5_000)
    expect(runs).toHaveBeenCalledTimes(1)
    redis.resume()
    const looks = () => {
      vi.advanceTimersByTime(1_000)
      return runs.mock.calls.length
    }
    await expect.poll(looks).toBeGreaterThan(1)
    expect(ledger.isReady).toBe(true)
  })

  it('that is closed while a server is silent complains of nothing', async () => {
    const lost = vi.fn()
    const redis = await aRedis()
    const ledger = await aLedger(redis, { lost })
    await settled(redis)
    const runs = vi.spyOn(RedisScript.prototype, 'run')
    redis.pause()
    await expect.poll(() => runs.mock.calls.length).toBeGreaterThan(0)
    const claim = ledger.claim(aProof())
    ledger.close()
    expect(await claim).toBe('unready')
    await Promise.allSettled(runs.mock.results.map(({ value }) => value))
    expect(lost).not.toHaveBeenCalled()
    redis.resume()
  })

  it('leaves a server that is silent for long', async () => {
    const redis = await aRedis()
    const ledger = await aLedger(redis, {}, { timeout: 250 })
    const connections = async () =>
      Number((await redis.cli('info', 'stats')).match(/total_connections_received:(\d+)/)![1])
    const before = await connections()
    const leaves = vi.spyOn(RedisConnection.prototype, 'reconnect')
    // Not because it answered long ago.
    await wait(5_000)
    redis.pause()
    // No claim waits until then.
    expect(await ledger.claim(aProof())).toBe('unready')
    await expect.poll(() => ledger.isReady).toBe(false)
    expect(leaves).not.toHaveBeenCalled()
    await expect.poll(() => leaves.mock.calls.length).toBe(1)
    // What is opened next is given as long.
    await wait(2_500)
    expect(leaves).toHaveBeenCalledTimes(1)
    redis.resume()
    await expect.poll(() => ledger.isReady).toBe(true)
    // One is that of redis-cli.
    expect(await connections()).toBeGreaterThan(before + 1)
  })

  it('is full when the server has no memory left', async () => {
    const { redis, ledger } = await aSettledLedger()
    expect(await ledger.claim(aProof())).toBe('first')
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction', 'maxmemory', '1')
    expect(await ledger.claim(aProof())).toBe('full')
    await expect.poll(() => ledger.isReady).toBe(false)
    expect(await ledger.claim(aProof())).toBe('full')
  })

  it('is ready with a server that would evict under load but has no limit', async () => {
    const redis = await aRedis(['--maxmemory', '0', '--maxmemory-policy', 'volatile-lru'])
    expect((await aLedger(redis)).isReady).toBe(true)
  })

  it('is not ready with a server that evicts under load, or takes no writes', async () => {
    const told: string[] = []
    const redis = await aRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'])
    const options = optionsFor(redis, { lost: (problem) => told.push(problem) })
    const ledger = new RedisLedger(options)
    opened.push(ledger)
    await wait(2_500)
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 1_000 })).toBe('unready')
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction')
    await expect.poll(() => ledger.isReady).toBe(true)
    await redis.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
    await expect.poll(() => told.at(-1)).toContain('EVICTS')
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction')
    await expect.poll(() => ledger.isReady).toBe(true)
    await redis.cli('replicaof', '127.0.0.1', '1')
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 1_000 })).toBe('unready')
    // What is written to one that follows another is known there alone.
    await redis.cli('config', 'set', 'replica-read-only', 'no')
    await expect.poll(() => ledger.problem).toContain('it follows another')
    expect(await ledger.claim({ ...aProof(), madeAt: nowSeconds() + 1_000 })).toBe('unready')
    await redis.cli('replicaof', 'no', 'one')
    await expect.poll(() => ledger.isReady).toBe(true)
  })

  it('takes no answer to another question, and connects anew', async () => {
    const redis = await aRedis()
    let isAstray = false
    const between = createServer((client) => {
      const server = connect(redis.port, '127.0.0.1')
      server.on('data', (octets) => {
        if (isAstray) client.write('+OK\r\n')
        isAstray = false
        client.write(octets)
      })
      client.pipe(server)
      for (const each of [client, server]) each.on('error', () => {}).on('close', () => client.destroy())
    }).listen(0, '127.0.0.1')
    opened.push(between)
    await once(between, 'listening')
    const url = `redis://127.0.0.1:${(between.address() as AddressInfo).port}`
    const lost: string[] = []
    const events = { lost: (problem: string) => void lost.push(problem) }
    const ledger = await aLedger(redis, events, { place: { ...placeOf(redis), url } })
    await settled(redis)
    const leaves = vi.spyOn(RedisConnection.prototype, 'reconnect')
    const spent = aProof()
    expect(await ledger.claim(spent)).toBe('first')
    isAstray = true
    const claims = [aProof(), spent, spent].map((each) => ledger.claim(each))
    expect(await Promise.all(claims)).toEqual(['unready', 'unready', 'unready'])
    expect(lost).toEqual(['ASTRAY an answer was not to what was asked'])
    await expect.poll(() => ledger.isReady).toBe(true)
    expect([await ledger.claim(spent), await ledger.claim(aProof())]).toEqual(['replayed', 'first'])
    expect(leaves).toHaveBeenCalledTimes(1)
    // Nor what comes in place of what it asks by itself.
    isAstray = true
    await expect.poll(() => lost).toHaveLength(2)
    expect(leaves).toHaveBeenCalledTimes(2)
    await expect.poll(() => ledger.isReady).toBe(true)
  })
})
