import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { openTls } from '../support/wire-client.ts'
import { frame, initialWindow, literals, PREFACE, readSlowly, windowUpdate } from '../support/wire-h2.ts'
import { HOST } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const STREAMS = 100
const SLOW_READ = /^holdfast_connections_dropped_total\{reason="slow_read"\} (\d+)$/m
const ROOM = 1024 * 1024

/** Octets of long answers that were taken from the upstream. */
let given = 0
function* long() {
  for (let part = 0; part < 256; part++) {
    given += PART.length
    yield PART
  }
}
const PART = Buffer.alloc(64 * 1024)

const { gateway, stop } = await startWithUpstream(
  {
    threads: 1,
    listeners: [{ limits: { untaken_answers: '1MiB' } }],
    routes: ROUTES,
  },
  undefined,
  ({ url }, response) => {
    if (url === '/status?much') Readable.from(long()).pipe(response)
    else response.end(Buffer.alloc(20_000))
    return true
  },
)
afterAll(stop)

/** Each connection keeps to its limits, and there are many of them. */
describe('answers over HTTP/2 that nobody takes', () => {
  const sockets: TLSSocket[] = []

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })

  async function brokenOff(): Promise<number> {
    return Number(SLOW_READ.exec(await gateway.metrics())?.[1])
  }

  /** Asks for so many answers on a connection that has no room for them. */
  async function flood(path: string, scheme = 'https', localAddress = '127.0.0.1') {
    const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'], localAddress })
    sockets.push(socket.on('error', () => {}).resume())
    const head = literals(headFor(path, 'GET', scheme))
    socket.write(Buffer.concat([PREFACE, frame(0x4, 0, 0, initialWindow(0))]))
    for (let at = 0; at < STREAMS; at++) socket.write(frame(0x1, 0x5, 1 + 2 * at, head))
    return socket
  }

  /** Of a long answer that was asked for, once there is some of it. */
  async function untilNoneLeaves(): Promise<void> {
    const before = given
    for (let last = 0; given === before || given !== last; await wait(250)) last = given
  }

  it.each([
    ['refusals', '/accounts', 'https', 8 * 1024],
    ['answers to what is no request', '/accounts', 'http', 8 * 1024],
    ['answers of the upstream', '/status', 'https', 28 * 1024],
  ])('take no more memory than they may: %s', async (_, path, scheme, each) => {
    const before = await brokenOff()
    for (let count = 0; count < 4; count++) await flood(path, scheme)
    const fit = Math.ceil(ROOM / each)
    await expect.poll(brokenOff).toBeGreaterThanOrEqual(before + 4 * STREAMS - fit)
    // Nor does anybody else lose by it.
    const honest = await Promise.all(
      (['1.1', '2'] as const).map((version) => gateway.call({ path: '/status', version })),
    )
    expect(honest.map(({ status, body }) => [status, body.length])).toEqual(Array(2).fill([200, 20_000]))
    expect(await brokenOff()).toBeLessThanOrEqual(before + 4 * STREAMS)
  })

  it.each([
    ['', 0x5],
    [' (the request is not whole)', 0x4],
  ])('take no more memory than they may: heads alone, behind what is not taken%s', async (_, flags) => {
    const before = await brokenOff()
    const request = (method: string, path: string) => literals(headFor(path, method))
    for (let count = 0; count < 4; count++) {
      const socket = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
      sockets.push(socket.on('error', () => {}).pause())
      const room = [frame(0x4, 0, 0, initialWindow(2 ** 31 - 1)), windowUpdate(0, 2 ** 30)]
      socket.write(Buffer.concat([PREFACE, ...room, frame(0x1, 0x5, 1, request('GET', '/status?much'))]))
      await untilNoneLeaves()
      for (let at = 1; at < STREAMS; at++)
        socket.write(frame(0x1, flags, 1 + 2 * at, request('HEAD', '/accounts')))
    }
    const fit = Math.ceil(ROOM / (8 * 1024))
    await expect.poll(brokenOff).toBeGreaterThanOrEqual(before + 4 * STREAMS - fit)
  })

  it('stay while they have room', async () => {
    const before = await brokenOff()
    await flood('/accounts')
    await expect.poll(() => gateway.metrics()).toMatch(/holdfast_connections 1\n/)
    expect(await brokenOff()).toBe(before)
  })

  it('take none from others, though their clients take an octet now and then', async () => {
    const slow = await openTls(gateway.port, { ALPNProtocols: ['h2'] })
    sockets.push(slow)
    const reading = readSlowly(slow, headFor('/status?much'), 400)
    await expect.poll(() => reading.taken).toBeGreaterThan(0)
    const busy: TLSSocket[] = []
    for (let count = 0; count < 3; count++) busy.push(await flood('/accounts', 'https', '127.0.0.2'))
    let next = STREAMS
    for (let round = 0; round < 40; round++) {
      await wait(50)
      for (const socket of busy) {
        const room: Buffer[] = []
        for (let at = 0; at < next; at++) room.push(windowUpdate(1 + 2 * at, 1))
        const head = literals(headFor('/accounts'))
        for (let at = next; at < next + 10; at++) room.push(frame(0x1, 0x5, 1 + 2 * at, head))
        if (socket.writable) socket.write(Buffer.concat(room))
      }
      next += 10
    }
    expect(reading.isReset).toBe(false)
  })
})

function headFor(path: string, method = 'GET', scheme = 'https'): string[] {
  return [':method', method, ':path', path, ':scheme', scheme, ':authority', HOST]
}
