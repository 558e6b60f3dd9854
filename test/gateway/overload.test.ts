import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { Pressure } from '../../src/gateway/pressure.ts'
import { ROUTES } from '../support/gateway.ts'
import { call, callOn, openHttp2 } from '../support/wire-client.ts'
import { type InProcess, openInProcess } from '../support/wire-in-process.ts'
import { credentials } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

let upstream: RecordingUpstream
let gateway: InProcess
const held: (() => void)[] = []

beforeAll(async () => {
  upstream = await startUpstream(undefined, (_, response) => {
    held.push(() => response.end('{}'))
    return true
  })
  const config = { upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } }, routes: ROUTES }
  gateway = await openInProcess(config, {
    overload: { delay: 60_000, inFlight: 3 },
  })
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => {
  await gateway.stop()
  await upstream.close()
})

const ask = (version: '1.1' | '2' = '1.1', localAddress = '127.0.0.1') =>
  call({ port: gateway.port, path: '/status', version, localAddress })

it('more requests than may be under way are answered 503 at once, and those under way end', async () => {
  const under = [2, 3, 4].map((each) => ask('1.1', `127.0.0.${each}`))
  await expect.poll(() => held.length).toBe(3)
  for (const version of ['1.1', '2'] as const) {
    const turned = await ask(version)
    expect([turned.status, turned.code]).toEqual([503, 'OVERLOADED'])
    expect(turned.all('retry-after')).toHaveLength(1)
  }
  for (const end of held.splice(0)) end()
  expect((await Promise.all(under)).map(({ status }) => status)).toEqual([200, 200, 200])
  const next = ask()
  await expect.poll(() => held.length).toBe(1)
  for (const end of held.splice(0)) end()
  expect((await next).status).toBe(200)
})

it('has no more requests of one client sent on than it leaves for others', () => {
  const pressure = new Pressure({ delay: 60_000, inFlight: 6 })
  const sends = (client: string) => {
    pressure.begins(performance.now())
    const isSent = pressure.sends(client)
    if (!isSent) pressure.ends(null)
    return isSent
  }
  expect(['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c'].map(sends)).toEqual([
    ...[true, true, true, false],
    ...[true, true, false],
    true,
  ])
  for (let each = 0; each < 3; each++) pressure.begins(performance.now())
  expect(['a', 'd'].map((client) => pressure.sends(client))).toEqual([false, true])
  for (const client of [null, null, 'd', 'a', 'a', 'b']) pressure.ends(client)
  expect([pressure.inFlight, sends('a'), sends('a')]).toEqual([3, true, false])
})

it('of requests that come at once those that would wait for too long are answered 503; those before them end, and what comes then is served', async () => {
  const pass = ownTime()
  const bank = await startUpstream()
  const behind = await openInProcess(
    { upstreams: { bank: { url: `http://127.0.0.1:${bank.port}` } }, routes: ROUTES },
    { ledger: { spend: () => pass(400) }, overload: { delay: 1_000, inFlight: 100 } },
  )
  const session = await openHttp2(behind.port)
  const ask = () => callOn(session, { path: '/accounts', fields: credentials() })
  const answers = await Promise.all([ask(), ask(), ask(), ask(), ask()])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 503, 503])
  expect(answers.at(-1)?.code).toBe('OVERLOADED')
  expect(answers.at(-1)?.all('retry-after')).toHaveLength(1)
  await aBeat()
  expect((await ask()).status).toBe(200)
  expect(bank.seen).toHaveLength(4)
  session.close()
  await behind.stop()
  await bank.close()
})

it('a thread is behind while no beat comes, and recovers with the next; what held it up may be excused', async () => {
  const pass = ownTime()
  const pressure = new Pressure({ delay: 1_000, inFlight: 10 })
  await aBeat()
  expect(pressure.begins(performance.now())).toBe(false)
  pass(1_500)
  expect(pressure.begins(performance.now())).toBe(true)
  await aBeat()
  expect(pressure.begins(performance.now())).toBe(false)
  pass(1_500)
  pressure.excuse()
  expect(pressure.begins(performance.now())).toBe(false)
})

it('a request that has waited for its turn for too long is one too many, though beats came meanwhile; that is told, and may be excused', async () => {
  const pass = ownTime()
  const told: number[] = []
  const pressure = new Pressure({ delay: 1_000, inFlight: 10 }, (seconds) => told.push(seconds))
  const came = performance.now()
  pressure.begins(came)
  pass(990)
  await aBeat()
  told.length = 0
  expect(pressure.begins(performance.now(), came)).toBe(false)
  pass(20)
  expect(pressure.begins(performance.now(), came)).toBe(true)
  await aBeat()
  expect(Math.max(...told)).toBeCloseTo(1.01)
  told.length = 0
  await aBeat()
  expect(new Set(told)).toEqual(new Set([0]))
  pressure.excuse()
  expect(pressure.begins(performance.now(), came)).toBe(false)
})

it('by how much each beat is late is told, but for what is excused', async () => {
  const pass = ownTime()
  const told: number[] = []
  const pressure = new Pressure({ delay: 1_000, inFlight: 10 }, (seconds) => told.push(seconds))
  pressure.begins(performance.now())
  pass(520)
  await aBeat()
  expect(Math.max(...told)).toBeCloseTo(0.5)
  told.length = 0
  pass(520)
  pressure.excuse()
  await aBeat()
  expect(new Set(told)).toEqual(new Set([0]))
})

it('a request is one too many while so many are under way', () => {
  const pressure = new Pressure({ delay: 60_000, inFlight: 3 })
  for (let at = 0; at < 3; at++) expect(pressure.begins(performance.now())).toBe(false)
  expect(pressure.inFlight).toBe(3)
  for (let at = 0; at < 3; at++) pressure.ends(null)
  pressure.adopt({ delay: 60_000, inFlight: 0 })
  expect(pressure.begins(performance.now())).toBe(true)
})

it('beats come only while there are requests, so that an idle thread sleeps', () => {
  vi.useFakeTimers()
  try {
    const pressure = new Pressure({ delay: 1_000, inFlight: 10 })
    expect(vi.getTimerCount()).toBe(0)
    expect(pressure.begins(performance.now())).toBe(false)
    vi.advanceTimersByTime(10_000)
    expect(vi.getTimerCount()).toBe(1)
    pressure.ends(null)
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(10_000)
    expect(pressure.begins(performance.now())).toBe(false)
    vi.advanceTimersByTime(10_000)
    expect(pressure.begins(performance.now())).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})

/** From now on the clock stands still, but for the milliseconds that work is said to have taken. */
function ownTime(): (milliseconds: number) => 'first' {
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  return (milliseconds) => {
    now += milliseconds
    return 'first'
  }
}

/** What is due every 20 ms comes before what is due later, however late both are. */
function aBeat(): Promise<void> {
  return wait(50)
}
