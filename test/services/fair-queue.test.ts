import { expect, it } from 'vitest'
import { FairQueue } from '../../src/services/fair-queue.ts'

/** Its client is the first letter of its name. */
interface Call {
  readonly name: string
  readonly deadline: number
}

const call = (name: string, deadline = 0): Call => ({ name, deadline })
const aQueue = () => new FairQueue<Call>(({ name }) => name[0]!)

function queueOf(names: readonly string[]) {
  const queue = aQueue()
  const calls = names.map((name) => call(name))
  for (const each of calls) queue.add(each)
  return { queue, calls }
}

function rest(queue: FairQueue<Call>): string {
  const names: unknown[] = []
  for (let next = queue.take(); next !== undefined; next = queue.take()) names.push(next.name)
  return names.join(' ')
}

it('clients take turns, and each of them is served in the order in which it came', () => {
  const { queue } = queueOf(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'])
  expect(queue.size).toBe(7)
  expect(['a', 'b', 'c', 'd'].map((client) => queue.sizeFor(client))).toEqual([4, 2, 1, 0])
  expect(rest(queue)).toBe('a1 b1 c1 a2 b2 a3 a4')
  expect([queue.size, queue.clients, queue.take()]).toEqual([0, [], undefined])
})

it('who has the fewest connections goes first, whoever came first', () => {
  const { queue } = queueOf(['a1', 'b1', 'c1', 'd1'])
  const held = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 1],
    ['d', 3],
  ])
  const names = [1, 2, 3, 4].map(() => queue.take(held)?.name)
  expect(names).toEqual(['b1', 'c1', 'a1', 'd1'])
})

it('who comes back waits behind those who are there', () => {
  const { queue } = queueOf(['a1', 'b1', 'b2'])
  queue.take()
  queue.add(call('a2'))
  expect(rest(queue)).toBe('b1 a2 b2')
})

it('what is given up leaves nothing behind, and no client that waits for nothing', () => {
  const { queue, calls } = queueOf(['a1', 'a2', 'b1'])
  queue.remove(calls[0] as Call)
  queue.remove(calls[0] as Call)
  queue.remove(call('d1'))
  expect([queue.size, queue.sizeFor('a')]).toEqual([2, 1])
  queue.remove(calls[1] as Call)
  expect([queue.size, queue.clients]).toEqual([1, ['b']])
  expect(rest(queue)).toBe('b1')
})

it('takes out what has waited too long, of all clients', () => {
  const queue = aQueue()
  const until = (tick: number) => (each: Call) => each.deadline <= tick
  for (const [name, deadline] of [
    ['a1', 1],
    ['a2', 3],
    ['b1', 2],
    ['b2', 4],
  ] as const)
    queue.add(call(name, deadline))
  expect(queue.takeLate(until(0))).toEqual([])
  expect(queue.takeLate(until(2)).map((late) => late.deadline)).toEqual([1, 2])
  expect([queue.size, rest(queue)]).toEqual([2, 'a2 b2'])
})

it('says who has an equal part of all that waits, or more', () => {
  const { queue } = queueOf(['a1', 'a2', 'a3', 'b1', 'b2', 'c1'])
  expect(['a', 'b', 'c', 'd'].map((client) => queue.hasItsPart(client))).toEqual([true, true, false, false])
})
