import { expect, it } from 'vitest'
import type { Downstream } from '../../src/gateway/downstream.ts'
import { Outflow } from '../../src/gateway/outflow.ts'
import { AT_ONCE } from '../support/turn.ts'

/** A client that takes so many parts and then waits to be let on, by one who is told of it. */
function client(atOnce: number) {
  const taken: string[] = []
  let left = atOnce
  let drain = NOT_WATCHED
  const downstream = {
    write: (part: Buffer) => {
      taken.push(part.toString())
      return --left > 0
    },
    onDrain: (callback: () => void) => {
      expect(drain).toBe(NOT_WATCHED)
      drain = callback
    },
  } as unknown as Downstream
  const takes = (parts: number) => {
    left = parts
    drain()
  }
  return { taken, downstream, takes }
}

const NOT_WATCHED = () => {}

const parts = (text: string) => [...text].map((part) => Buffer.from(part))

it('hands over as much as the client takes, and tells when there is room again', () => {
  const { taken, downstream, takes } = client(2)
  let room = 0
  const out = new Outflow(downstream, parts('abcd'), AT_ONCE, () => room++)
  out.open()
  expect([taken.join(''), out.isFull, room]).toEqual(['ab', true, 0])
  out.write(Buffer.from('e'))
  expect(taken.join('')).toBe('ab')
  takes(2)
  expect([taken.join(''), out.isFull, room]).toEqual(['abcd', true, 0])
  takes(1)
  expect([taken.join(''), out.isFull, room]).toEqual(['abcd', false, 1])
})

it('keeps the last part back, and gives it once, behind all others', () => {
  const { taken, downstream, takes } = client(1)
  const last: (string | undefined)[] = []
  const out = new Outflow(downstream, parts('abc'), AT_ONCE, () => {})
  out.end((part) => last.push(part?.toString()))
  expect([taken.join(''), last]).toEqual(['', []])
  out.open()
  expect([taken.join(''), last]).toEqual(['a', []])
  takes(1)
  expect([taken.join(''), last]).toEqual(['ab', []])
  takes(1)
  takes(1)
  expect([taken.join(''), last]).toEqual(['ab', ['c']])
})

it('ends without a part where there is none', () => {
  const { downstream } = client(1)
  const last: (string | undefined)[] = []
  const out = new Outflow(downstream, [], AT_ONCE, () => {})
  out.open()
  out.end((part) => last.push(part?.toString()))
  expect(last).toEqual([undefined])
})
