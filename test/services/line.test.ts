import { expect, it } from 'vitest'
import { Line } from '../../src/services/line.ts'

interface Call {
  readonly name: number
}

const call = (name: number) => ({ name })

it('calls leave in the order in which they came, but for those that were given up', () => {
  const queue = new Line<Call>()
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

it('what was given up takes no memory, also where one always waits and none leaves', () => {
  const queue = new Line<Call>()
  const calls = [call(0), call(1)]
  queue.add(calls[0] as Call)
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < 8_000_000; at++) {
    queue.add(calls[(at + 1) % 2] as Call)
    queue.remove(calls[at % 2] as Call)
    queue.peek()
  }
  expect(queue.size).toBe(1)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 1024 * 1024)
})
