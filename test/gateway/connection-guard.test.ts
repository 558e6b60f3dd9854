import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import {
  ConnectionGuard,
  type ConnectionLimits,
  type DoorPorts,
  networkOf,
} from '../../src/gateway/connection-guard.ts'
import { plainAddress } from '../../src/gateway/peer.ts'

let ports = 1

/** Until what had come was read. */
async function turns(): Promise<void> {
  await nextTurn()
  await nextTurn()
}

afterEach(() => void vi.useRealTimers())

class End extends EventEmitter {
  readonly remotePort: number
  readonly remoteAddress: string
  readonly localAddress: string
  destroyed = false
  constructor(remoteAddress: string, remotePort = ports++, localAddress = '198.51.100.1') {
    super()
    this.remotePort = remotePort
    this.localAddress = localAddress
    this.remoteAddress = remoteAddress
  }
  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

/** As a socket does: its close is told a turn later. */
function closesLater(end: End): void {
  end.destroy = () => {
    end.destroyed = true
    setImmediate(() => end.emit('close'))
  }
}

function guarded(limits: Partial<ConnectionLimits>, makeRoom: DoorPorts['makeRoom'] = () => 0) {
  const dropped: string[] = []
  const all = { connections: 1_000, handshakes: 100, perAddress: null, ...limits }
  const admitted = new Set<unknown>()
  const guard = new ConnectionGuard(all, {
    addressOf: ({ remoteAddress }) => plainAddress(remoteAddress ?? ''),
    admit: (socket) => admitted.add(socket),
    makeRoom,
    dropped: (reason) => dropped.push(reason),
  })
  const admit = (end: End) => {
    guard.enter(end as unknown as Socket)
    return admitted.has(end)
  }
  const connect = (address = '192.0.2.1') => {
    const end = new End(address)
    return { end, admitted: admit(end) }
  }
  return {
    guard,
    dropped,
    admitted,
    connect,
    admit,
    secure: (end: End) => guard.isSecure(end as unknown as Socket),
  }
}

it('takes so many handshakes at a time; one that is done, or over, makes room', () => {
  const { connect, secure, dropped } = guarded({ handshakes: 2, perAddress: null })
  const [one, two] = [connect(), connect()]
  expect(connect().admitted).toBe(false)
  expect(dropped).toEqual(['max_handshakes'])
  secure(one.end)
  expect(connect().admitted).toBe(true)
  two.end.destroy()
  expect(connect().admitted).toBe(true)
})

it('has the oldest handshake make room, where that is older than an honest one takes', () => {
  vi.useFakeTimers()
  const { connect, secure, dropped } = guarded({ handshakes: 2, perAddress: null })
  const [done, first, second] = [connect(), connect(), connect()]
  expect(second.admitted).toBe(false)
  secure(done.end)
  const third = connect()
  vi.advanceTimersByTime(1_100)
  expect(connect().admitted).toBe(true)
  expect([first.end.destroyed, third.end.destroyed, done.end.destroyed]).toEqual([true, false, false])
  expect(connect().admitted).toBe(true)
  expect(third.end.destroyed).toBe(true)
  // Those two are new.
  expect(connect().admitted).toBe(false)
  expect(dropped).toEqual(Array.from({ length: 4 }, () => 'max_handshakes'))
})

it('lets the oldest handshake go on where it is us that keep it waiting', () => {
  vi.useFakeTimers()
  const { guard, connect } = guarded({ handshakes: 1, perAddress: null })
  connect()
  vi.advanceTimersByTime(2_000)
  guard.look(performance.now())
  expect(connect().admitted).toBe(false)
  vi.advanceTimersByTime(1_000)
  guard.look(performance.now())
  expect(connect().admitted).toBe(true)
})

it('takes so many connections at a time, done with TLS or not', async () => {
  const { connect, secure, dropped } = guarded({ connections: 2 })
  const first = connect()
  secure(first.end)
  expect(connect('192.0.2.2').admitted).toBe(true)
  const third = connect('192.0.2.3')
  await turns()
  expect([third.end.destroyed, dropped]).toEqual([true, ['max_connections']])
  first.end.destroy()
  expect(connect('192.0.2.3').admitted).toBe(true)
})

it('takes one too many where there is room made for it, once what has come was read', async () => {
  const asked: string[] = []
  const { connect, admitted, dropped } = guarded({ connections: 2 }, (network) => asked.push(network))
  const before = [connect(), connect()]
  const [one, other, gone] = [connect('192.0.2.2'), connect('192.0.2.3'), connect('192.0.2.4')]
  expect([one.admitted, asked]).toEqual([false, []])
  gone.end.emit('error', new Error('read ECONNRESET'))
  gone.end.destroyed = true
  await turns()
  expect([one, other, gone].map(({ end }) => admitted.has(end))).toEqual([true, true, false])
  expect(asked).toEqual(['192.0.2.2', '192.0.2.3'])
  for (const { end } of before) end.destroy()
  expect(dropped).toEqual([])
})

it('looks at one crowd after another, and counts no room that was made for the last', async () => {
  let room = 2
  const { connect, admitted, dropped } = guarded({ connections: 1 }, () => room)
  connect()
  const first = connect('192.0.2.2')
  await turns()
  room = 0
  const second = connect('192.0.2.3')
  await turns()
  expect([admitted.has(first.end), admitted.has(second.end)]).toEqual([true, false])
  expect([second.end.destroyed, dropped]).toEqual([true, ['max_connections']])
})

it('says of every network how many it has, and nothing of one that has none', async () => {
  const held: unknown[] = []
  const { connect } = guarded({ connections: 3 }, (_, all) => held.push(...all))
  connect('192.0.2.1').end.destroy()
  for (const address of ['192.0.2.2', '192.0.2.2', '192.0.2.3', '192.0.2.4']) connect(address)
  await turns()
  expect(held).toEqual([
    ['192.0.2.2', 2],
    ['192.0.2.3', 1],
  ])
})

it('makes no room for one that another limit keeps out', async () => {
  const limits = { connections: 2, perAddress: 1, handshakes: 2 }
  const { connect, dropped } = guarded(limits, () => expect.unreachable())
  connect('192.0.2.1')
  connect('192.0.2.2')
  connect('192.0.2.1')
  connect('192.0.2.3')
  await turns()
  expect(dropped).toEqual(['max_connections_per_address', 'max_handshakes'])
})

it('gives the place of the oldest handshake to the one it was ended for', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
  const limits = { connections: 2, handshakes: 1 }
  const { connect, secure, admitted, dropped } = guarded(limits, () => expect.unreachable())
  const idle = connect()
  secure(idle.end)
  const slow = connect()
  closesLater(slow.end)
  vi.advanceTimersByTime(1_100)
  const [next, tooMuch] = [connect(), connect()]
  await turns()
  expect([admitted.has(next.end), admitted.has(tooMuch.end)]).toEqual([true, false])
  expect(dropped).toEqual(['max_handshakes', 'max_handshakes'])
})

it('ends a handshake that takes long before it ends what waits for a request, where all connections are there', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
  let asked = 0
  const { connect, secure, admitted, dropped } = guarded({ connections: 2 }, () => ++asked)
  secure(connect().end)
  const slow = connect()
  closesLater(slow.end)
  vi.advanceTimersByTime(1_100)
  const [next, last] = [connect(), connect()]
  await turns()
  expect([admitted.has(next.end), admitted.has(last.end), asked]).toEqual([true, true, 1])
  // The other is told by whoever makes room.
  expect(dropped).toEqual(['max_connections'])
})

it.each<[string, Partial<ConnectionLimits>]>([
  ['max_handshakes', { handshakes: 4 }],
  ['max_connections', { connections: 4 }],
])('ends young handshakes of who has the most for who has less, at %s', async (reason, limits) => {
  const { connect, admitted, dropped } = guarded(limits)
  const hers = [1, 2, 3, 4].map(() => connect('192.0.2.1'))
  for (const { end } of hers) closesLater(end)
  const others = [1, 2, 3].map(() => connect('192.0.2.2'))
  const late = connect('192.0.2.1')
  await turns()
  expect(hers.map(({ end }) => end.destroyed)).toEqual([true, true, false, false])
  expect([...others, late].map(({ end }) => admitted.has(end))).toEqual([true, true, false, false])
  expect(dropped).toEqual(Array.from({ length: 4 }, () => reason))
})

it('takes so many connections of one address, whoever else there is', () => {
  const { connect, secure, dropped } = guarded({ handshakes: 100, perAddress: 2 })
  const first = connect()
  secure(first.end)
  expect(connect().admitted).toBe(true)
  const refused = connect()
  expect([refused.admitted, refused.end.destroyed]).toEqual([false, true])
  expect(dropped).toEqual(['max_connections_per_address'])
  expect(connect('192.0.2.2').admitted).toBe(true)
  first.end.destroy()
  expect(connect().admitted).toBe(true)
  expect(connect().admitted).toBe(false)
})

it('takes whoever has addresses of one IPv6 network for one', () => {
  const { connect } = guarded({ handshakes: 100, perAddress: 1 })
  expect(connect('2001:db8:1:2::3').admitted).toBe(true)
  expect(connect('2001:db8:1:2::4').admitted).toBe(false)
  expect(connect('2001:db8:1:3::3').admitted).toBe(true)
})

it('takes one that is gone already, which has no address any more', () => {
  const { admit, secure } = guarded({ handshakes: 1, perAddress: 1 })
  const gone = Object.assign(new EventEmitter(), { destroy() {} }) as unknown as End
  expect(admit(gone)).toBe(true)
  gone.emit('close')
  expect(secure(gone)).toBeUndefined()
  expect(admit(gone)).toBe(true)
})

it('tells two connections of one port apart: to two addresses of ours, and one after the other', () => {
  const { admit, secure } = guarded({ handshakes: 100, perAddress: null })
  const ends = ['198.51.100.1', '198.51.100.2'].map((ours) => new End('192.0.2.1', 7, ours))
  ends.push(new End('192.0.2.2', 7))
  ends.forEach(admit)
  expect(ends.map(secure)).toEqual(ends)
  const [before, after] = [new End('192.0.2.1', 8), new End('192.0.2.1', 8)]
  admit(before)
  admit(after)
  before.destroy()
  expect(secure(after)).toBe(after)
})

it('counts a handshake once whose port is used again before its close is told', () => {
  const { admit, connect, secure } = guarded({ handshakes: 2 })
  const [before, after] = [new End('192.0.2.1', 9), new End('192.0.2.1', 9)]
  closesLater(before)
  admit(before)
  before.destroy()
  admit(after)
  secure(after)
  const [one, other, third] = [1, 2, 3].map((each) => connect(`192.0.2.${each}`))
  expect([one, other, third].map((each) => each?.admitted)).toEqual([true, true, false])
  expect(one?.end.destroyed).toBe(false)
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8::3:4:5:6:7', '2001:db8:0:3'],
  ['::2:3:4:5:6:7:8', '0:2:3:4'],
  ['2001::', '2001:0:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['fe80::2:3:4:5%eth0:1', 'fe80:0:0:0'],
  ['', ''],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
