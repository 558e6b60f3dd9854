import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { gather, openTls, pseudoFields, statusesIn } from '../support/wire-client.ts'
import { frame, initialWindow, literals, opening } from '../support/wire-h2.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import { credentials, HOST } from '../support/wire-tokens.ts'
import { startUpstream } from '../support/wire-upstream.ts'

const MANY = 200
/** Connections. */
const MOST = MANY / 50
const ELSEWHERE = '127.0.0.9'

const upstream = await startUpstream()
const gateway = await openInProcess(
  {
    listeners: [{ limits: { max_connections: MOST } }],
    upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    routes: ROUTES,
  },
  { ledger: { spend: twoMilliseconds } },
)
afterAll(async () => {
  await gateway.stop()
  await upstream.close()
})

/** Of work. */
function twoMilliseconds(): 'first' {
  const until = performance.now() + 2
  while (performance.now() < until);
  return 'first'
}

/** From another address than the test's. */
function openOthers(count: number): Promise<TLSSocket[]> {
  const options = { localAddress: ELSEWHERE, ALPNProtocols: ['h2'] }
  return Promise.all(Array.from({ length: count }, () => openTls(gateway.port, options)))
}

const asked = () => {
  const [, authorization, , dpop] = credentials()
  return `GET /accounts HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${authorization}\r\nDPoP: ${dpop}\r\n\r\n`
}

/** What takes long to be judged costs whoever sends it next to nothing. */
it('a client that sends very many requests at once has nobody else wait for all of them', async () => {
  const honest = await openTls(gateway.port)
  const answered = gather(honest, 0)
  const others = await openOthers(MOST - 1)
  for (const socket of others) socket.resume().write(fiftyRequests())
  await expect.poll(() => gateway.records.length, { interval: 1 }).toBeGreaterThan(0)
  honest.write(asked())
  expect(statusesIn((await answered).text)).toEqual([200])
  await expect.poll(() => gateway.records.length).toBe(50 * others.length + 1)
  const remotes = gateway.records.map(({ downstream }) => downstream.connection.remoteAddress)
  expect(remotes.indexOf('127.0.0.1')).toBeLessThan(MANY / 2)
  for (const socket of [honest, ...others]) socket.destroy()
  await expect.poll(() => gateway.connections()).toBe(0)
})

it('a client that has all connections, and requests that wait on each, keeps nobody out', async () => {
  const others = await openOthers(MOST)
  const before = gateway.records.length
  for (const socket of others) socket.resume().write(fiftyRequests())
  await expect.poll(() => gateway.records.length, { interval: 1 }).toBeGreaterThan(before)
  const honest = await openTls(gateway.port)
  const answered = gather(honest, 0)
  honest.write(asked())
  expect(statusesIn((await answered).text)).toEqual([200])
  expect(others.filter(({ destroyed }) => destroyed)).toHaveLength(1)
  for (const socket of [honest, ...others]) socket.destroy()
})

it('nor does one that has left an answer untaken on each besides', async () => {
  const others = await openOthers(MOST)
  const untaken = frame(0x1, 0x5, 1, literals(pseudoFields('GET', '/none')))
  for (const socket of others) socket.resume().write(opening(frame(0x4, 0, 0, initialWindow(0)), untaken))
  await wait(3_000)
  const before = gateway.records.length
  for (const socket of others) socket.write(Buffer.concat(requests(50, 3)))
  await expect.poll(() => gateway.records.length, { interval: 1 }).toBeGreaterThan(before)
  const honest = await openTls(gateway.port)
  expect(gateway.records.length).toBeLessThan(before + MANY)
  await expect.poll(() => others.filter(({ destroyed }) => destroyed)).toHaveLength(1)
  for (const socket of [honest, ...others]) socket.destroy()
})

const fiftyRequests = () => opening(...requests(50, 1))

/** The first on this stream. */
function requests(count: number, first: number): Buffer[] {
  return Array.from({ length: count }, (_, at) =>
    frame(0x1, 0x5, 2 * at + first, literals([...pseudoFields('GET', '/accounts'), ...credentials()])),
  )
}
