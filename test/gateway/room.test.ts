import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { networkOf } from '../../src/gateway/connection-guard.ts'
import type { Connection } from '../../src/gateway/downstream.ts'
import { makeRoom } from '../../src/gateway/room.ts'

interface Guest {
  readonly from: string
  /** Null: a request is under way. */
  readonly since: number | null
  readonly unsent?: number
  readonly isGone?: boolean
}

/** Which of them are ended for a newcomer, by their place. */
function ended(guests: readonly Guest[], newcomer: string, shaking: readonly string[] = []): number[] {
  const gone: number[] = []
  const connections = guests.map(({ from, since, unsent = 0, isGone = false }, at) => {
    const socket = { destroyed: isGone, writableLength: unsent, at }
    return [socket, { remoteAddress: from, waitsSince: since }] as unknown as [TLSSocket, Connection]
  })
  const end = (socket: TLSSocket) => void gone.push((socket as unknown as { at: number }).at)
  const held = new Map<string, number>()
  for (const from of [...guests.map((guest) => guest.from), ...shaking])
    held.set(networkOf(from), (held.get(networkOf(from)) ?? 0) + 1)
  expect(makeRoom(new Map(connections), newcomer, held, end)).toBe(gone.length)
  return gone
}

const A = '192.0.2.1'
const B = '192.0.2.2'

it('ends the one that has waited the longest', () => {
  const guests = [3, 1, 2].map((since) => ({ from: A, since }))
  expect(ended(guests, A)).toEqual([1])
  expect(ended(guests, B)).toEqual([1])
})

it('ends it of those who have more than an equal part, though others wait for longer', () => {
  const guests = [{ from: B, since: 1 }, ...[4, 3, 2].map((since) => ({ from: A, since }))]
  expect(ended(guests, B)).toEqual([3])
})

it('ends nobody who has no more than that for one who has', () => {
  const guests = [
    { from: B, since: 1 },
    { from: A, since: null },
    { from: A, since: null },
  ]
  expect(ended(guests, A)).toEqual([])
})

it('ends one that has not taken the last of an answer for long', () => {
  const since = performance.now() - 6_000
  expect(ended([{ from: A, since, unsent: 1 }], A)).toEqual([0])
})

it.each<[string, Guest]>([
  ['has a request under way', { from: A, since: null }],
  ['has still to get a part of an answer', { from: A, since: performance.now(), unsent: 1 }],
  ['is gone', { from: A, since: 1, isGone: true }],
])('ends none that %s', (_, guest) => {
  expect(ended([guest, guest], A)).toEqual([])
})

it('counts those that are not done with TLS, or they would make an equal part of the others smaller', () => {
  const guests = [1, 2, 3, 4].map((since) => ({ from: since < 3 ? A : B, since }))
  expect(ended(guests, B)).toEqual([2])
  const shaking = Array.from({ length: 6 }, () => '192.0.2.3')
  expect(ended(guests, '192.0.2.4', shaking)).toEqual([])
})

it('counts none that is gone: what else its network has is no more than another has', () => {
  const gone = { from: A, since: 1, isGone: true }
  const guests = [gone, gone, { from: A, since: 1 }, { from: B, since: 2 }, { from: B, since: 3 }]
  expect(ended(guests, '192.0.2.3')).toEqual([3])
})

it('takes an IPv6 network for one', () => {
  const guests = [
    { from: B, since: 1 },
    { from: '2001:db8::1', since: 2 },
    { from: '2001:db8::2', since: 3 },
    { from: '2001:db8::3', since: 4 },
  ]
  expect(ended(guests, B)).toEqual([1])
  const alone = { from: '2001:db8::1', since: 1 }
  expect(ended([alone, ...[2, 3, 4].map((since) => ({ from: A, since }))], B)).toEqual([1])
})

it('makes room for the next few, too, where there are many', () => {
  const guests = Array.from({ length: 640 }, (_, at) => ({ from: A, since: 640 - at }))
  expect(ended(guests, A)).toEqual(Array.from({ length: 10 }, (_, at) => 639 - at))
})

it('ends no more of one network than leave it an equal part', () => {
  const guests = Array.from({ length: 65 }, (_, at) => ({ from: at < 22 ? A : B, since: at }))
  expect(ended(guests, '192.0.2.3')).toEqual([0, 22])
})

it('asks nobody whose it is where all are busy, or a flood of newcomers would take the time of those', () => {
  const asked = (): never => {
    throw new Error('asked')
  }
  const busy = Object.defineProperty({ waitsSince: null }, 'remoteAddress', { get: asked })
  const connections = new Map([[{ destroyed: false } as TLSSocket, busy as Connection]])
  const all = Object.assign(new Map([[A, 1]]), { [Symbol.iterator]: asked })
  expect(makeRoom(connections, B, all, () => {})).toBe(0)
})
