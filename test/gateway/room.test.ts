import type { TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
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
function ended(guests: readonly Guest[], newcomer: string): number[] {
  const gone: number[] = []
  const connections = guests.map(({ from, since, unsent = 0, isGone = false }, at) => {
    const socket = { destroyed: isGone, writableLength: unsent, at }
    return [socket, { remoteAddress: from, waitsSince: since }] as unknown as [TLSSocket, Connection]
  })
  const end = (socket: TLSSocket) => void gone.push((socket as unknown as { at: number }).at)
  expect(makeRoom(new Map(connections), newcomer, end)).toBe(gone.length)
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

it.each<[string, Guest]>([
  ['has a request under way', { from: A, since: null }],
  ['has still to get a part of an answer', { from: A, since: 1, unsent: 1 }],
  ['is gone', { from: A, since: 1, isGone: true }],
])('ends none that %s', (_, guest) => {
  expect(ended([guest, guest], A)).toEqual([])
})

it('takes an IPv6 network for one', () => {
  const guests = [
    { from: B, since: 1 },
    { from: '2001:db8::1', since: 2 },
    { from: '2001:db8::2', since: 3 },
    { from: '2001:db8::3', since: 4 },
  ]
  expect(ended(guests, B)).toEqual([1])
})

it('makes room for the next few, too, where there are many', () => {
  const guests = Array.from({ length: 640 }, (_, at) => ({ from: A, since: 640 - at }))
  expect(ended(guests, A)).toEqual(Array.from({ length: 10 }, (_, at) => 639 - at))
})
