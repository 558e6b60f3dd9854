import { expect, it } from 'vitest'
import type { Living } from '../../src/gateway/client-trust.ts'
import { Http2Downstream } from '../../src/gateway/http2/downstream.ts'
import { LiveSession } from '../../src/gateway/http2/live-session.ts'

function opened() {
  const connection = { waitsSince: 1 } as Living
  return { connection, live: new LiveSession({ destroyed: false } as never, connection) }
}

it('a stream that is over while it waits does not hide another that is under way', () => {
  const { connection, live } = opened()
  const [one, other] = [live.begins(), live.begins()]
  other.is('waiting')
  other.is('over')
  other.is('under way')
  expect([connection.waitsSince, live.streams]).toEqual([null, 1])
  one.is('over', 7)
  one.is('over', 8)
  expect([connection.waitsSince, live.streams]).toEqual([7, 0])
  const last = live.begins()
  last.is('waiting', 9)
  last.is('over', 10)
  expect([connection.waitsSince, live.streams]).toEqual([10, 0])
})

it('a request waits for its client alone until it is judged, and no longer', () => {
  const { connection, live } = opened()
  const stream = { on: () => {}, resume: () => {} }
  const downstream = new Http2Downstream(stream as never, { fields: [] } as never, live.begins(), {} as never)
  downstream.awaitsJudgement(true)
  expect(connection.waitsSince).toBeGreaterThan(1)
  downstream.awaitsJudgement(false)
  expect(connection.waitsSince).toBe(null)
})

it('streams that wait, for whatever it is, wait since the first of them', () => {
  const { connection, live } = opened()
  const [one, other, third] = [live.begins(), live.begins(), live.begins()]
  one.is('waiting', 3)
  other.is('waiting', 5)
  expect(connection.waitsSince).toBe(null)
  third.is('over', 6)
  expect(connection.waitsSince).toBe(6)
  other.is('under way')
  expect(connection.waitsSince).toBe(null)
  other.is('waiting', 2)
  expect(connection.waitsSince).toBe(2)
  one.is('over', 9)
  expect(connection.waitsSince).toBe(2)
  live.begins()
  expect(connection.waitsSince).toBe(null)
})

it('one that was ended has no more to give', () => {
  const { connection, live } = opened()
  const stream = live.begins()
  Object.assign(live.session, { destroyed: true })
  stream.is('over', 7)
  expect([connection.waitsSince, live.streams]).toEqual([null, 0])
})
