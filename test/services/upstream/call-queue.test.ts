import { expect, it } from 'vitest'
import type { Call } from '../../../src/services/upstream/call.ts'
import { CallQueue } from '../../../src/services/upstream/call-queue.ts'

const call = (name: number) => ({ name }) as unknown as Call

it('calls leave in the order in which they came, but for those that were given up', () => {
  const queue = new CallQueue()
  const calls = Array.from({ length: 1_000 }, (_, at) => call(at))
  const left: Call[] = []
  for (const [at, each] of calls.entries()) {
    queue.add(each)
    if (at % 3 === 2) left.push(queue.take() as Call)
  }
  expect(left).toEqual(calls.slice(0, 333))
  for (const each of calls.slice(333).filter((_, at) => at % 2 === 0)) queue.remove(each)
  queue.remove(calls[0] as Call)
  expect(queue.size).toBe(333)
  expect(queue.peek()).toBe(calls[334])
  const rest: (Call | undefined)[] = []
  while (queue.size > 0) rest.push(queue.take())
  expect(rest).toEqual(calls.slice(333).filter((_, at) => at % 2 === 1))
  expect([queue.take(), queue.peek(), queue.size]).toEqual([undefined, undefined, 0])
})
