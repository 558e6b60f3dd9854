import dns, { type LookupAddress } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { httpsDoor } from '../../src/services/http/door.ts'
import { lookUp } from '../../src/services/names.ts'
import { RedisConnection } from '../../src/services/redis/connection.ts'
import { warningsOf } from '../support/warnings.ts'
import { placeOf } from '../support/wire-redis.ts'
import { ask, closeAll, servers, upstreamThat } from './upstream/upstream-that.ts'

type Told = (problem: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void

const HERE = [{ address: '127.0.0.1', family: 4 }]
const { lookup } = dns
/** What the system was asked, and who waits for it. */
const asked: { readonly name: string; readonly told: Told }[] = []

beforeAll(() => {
  const ours = (name: string, options: object, told: Told) =>
    name.endsWith('.bank.example') ? void asked.push({ name, told }) : lookup(name, options, told as never)
  dns.lookup = ours as never
  syncBuiltinESMExports()
})
beforeEach(() => void asked.splice(0))
afterAll(() => {
  dns.lookup = lookup
  syncBuiltinESMExports()
  closeAll()
})

/** An upstream that is reached by this name. */
async function upstreamNamed(name: string) {
  const there = await upstreamThat((_, socket) =>
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
  )
  const { port } = servers.at(-1)!.address() as AddressInfo
  const changes = { url: `http://${name}:${port}`, connections: 20, connectTimeout: 5_000 }
  return { ...(await upstreamThat(() => {}, changes)), there }
}

it('a name is looked up once for all requests that wait for it, and what is found is for all', async () => {
  const { upstream } = await upstreamNamed('one.bank.example')
  const answers = Promise.all(Array.from({ length: 20 }, () => ask(upstream)))
  await expect.poll(() => asked.length).toBeGreaterThan(0)
  expect(asked.map(({ name }) => name)).toEqual(['one.bank.example'])
  asked[0]?.told(null, HERE)
  expect(new Set(await answers)).toEqual(new Set(['ok']))
  // The next one may be elsewhere by now.
  const next = ask(upstream)
  await expect.poll(() => asked.length).toBe(2)
  asked[1]?.told(null, HERE)
  expect(await next).toBe('ok')
})

it('the same of what we fetch ourselves', async () => {
  const send = httpsDoor({ within: 300, largest: 100 })
  const all = Array.from({ length: 5 }, () =>
    send({ url: 'https://as.bank.example/jwks', method: 'GET', fields: {} }),
  )
  await Promise.allSettled(all)
  expect(asked.map(({ name }) => name)).toEqual(['as.bank.example'])
})

it.each([
  ['a server', { url: 'redis://redis.bank.example:6379', cluster: [] }, 'redis.bank.example'],
  ['a cluster', { url: null, cluster: ['nodes.bank.example:6379'] }, 'nodes.bank.example'],
])('and of Redis, %s, which is sought again and again', async (_, place, name) => {
  let failures = 0
  const nothing = () => {}
  const ports = { connected: nothing, moved: nothing, stayed: nothing, failed: () => void failures++ }
  const connection = new RedisConnection({ ...placeOf({ port: 0 }), ...place }, ports)
  await expect.poll(() => failures).toBeGreaterThan(1)
  connection.close()
  expect(asked.map((each) => each.name)).toEqual([name])
})

it('where the name server says nothing, what was found before is good after a second', async () => {
  const { upstream } = await upstreamNamed('two.bank.example')
  const first = ask(upstream)
  await expect.poll(() => asked.length).toBe(1)
  asked[0]?.told(null, HERE)
  expect(await first).toBe('ok')
  const began = performance.now()
  expect(await ask(upstream)).toBe('ok')
  expect(performance.now() - began).toBeGreaterThan(900)
  // Who comes behind that waits no further second. To wait for less than no time would be a line on standard error each time.
  const warnings = await warningsOf(async () => {
    const behind = performance.now()
    expect(await ask(upstream)).toBe('ok')
    expect(performance.now() - behind).toBeLessThan(900)
  })
  expect(warnings).toEqual([])
  expect(asked.length).toBe(2)
  const failed = Object.assign(new Error('away'), { code: 'EAI_AGAIN' })
  asked[1]?.told(failed)
})

it('a name that is not found is told to all who wait', async () => {
  const { upstream } = await upstreamNamed('three.bank.example')
  const both = Promise.all([ask(upstream), ask(upstream)])
  await expect.poll(() => asked.length).toBe(1)
  asked[0]?.told(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
  expect(await both).toEqual(['ENOTFOUND', 'ENOTFOUND'])
})

it('of whom one address is wanted, the first is given; each family is looked up by itself', async () => {
  const name = 'four.bank.example'
  const found = (family: 0 | 4 | 6) =>
    new Promise<unknown[]>((resolve) => lookUp(name, { family }, (...told) => resolve(told)))
  const [any, six] = [found(0), found(6)]
  expect(asked).toHaveLength(2)
  asked[0]?.told(null, [...HERE, { address: '::1', family: 6 }])
  asked[1]?.told(null, [{ address: '::1', family: 6 }])
  expect(await any).toEqual([null, '127.0.0.1', 4])
  expect(await six).toEqual([null, '::1', 6])
  const none = found(4)
  asked[2]?.told(null, [])
  expect(await none).toEqual([null, '', undefined])
})

it('what was found more than ten minutes before is good no longer', async () => {
  const found = () =>
    new Promise<unknown[]>((resolve) => lookUp('five.bank.example', {}, (...told) => resolve(told)))
  const first = found()
  asked[0]?.told(null, HERE)
  await first
  const now = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(now + 600_001)
  const later = found()
  vi.restoreAllMocks()
  expect(await Promise.race([later, wait(1_500, 'nothing')])).toBe('nothing')
  asked[1]?.told(null, [{ address: '127.0.0.2', family: 4 }])
  expect(await later).toEqual([null, '127.0.0.2', 4])
})
