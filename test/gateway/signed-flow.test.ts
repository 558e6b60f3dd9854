import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { HeldOctets } from '../../src/gateway/held-octets.ts'
import type { SignedOutcome } from '../../src/gateway/signed-answer.ts'
import { SignedFlow } from '../../src/gateway/signed-flow.ts'
import type { Turn } from '../../src/gateway/turn.ts'

const PARTS = ['one', 'two', 'three'].map((part) => Buffer.from(part))

/** What the client has got, part by part; `.` where it is whole, or the code that it failed with. */
function flow(digestOf: string, held: readonly Buffer[], afterOpen: readonly Buffer[]) {
  const sent: string[] = []
  const downstream = {
    write: (part: Buffer) => sent.push(part.toString()) > 0,
    end: (part?: Buffer) => sent.push(part?.toString() ?? ''),
  }
  const octets = new HeldOctets({ take: () => true, give: () => {} }, null)
  octets.blocks.push(...held)
  const expected = [{ algorithm: 'sha-256', digest: hash('sha256', digestOf, 'buffer') }] as const
  const turn: Turn = { compute: (work) => work(), act: (step) => step() }
  const outcome: SignedOutcome = { done: () => sent.push('.'), failed: ({ code }) => sent.push(code) }
  const signed = new SignedFlow(
    { downstream } as unknown as Exchange,
    expected,
    octets,
    turn,
    outcome,
    () => {},
  )
  signed.open()
  for (const part of afterOpen) signed.write(part)
  const before = [...sent]
  signed.end()
  return { before, sent }
}

describe('the last part of an answer is kept back until the digest is known to be true', () => {
  it.each([
    ['all came after the head was signed', [], PARTS],
    ['one was held before', PARTS.slice(0, 1), PARTS.slice(1)],
    ['all were held before', PARTS, []],
  ])('where %s', (_, held, afterOpen) => {
    const lie = flow('another', held, afterOpen)
    expect(lie).toEqual({ before: ['one', 'two'], sent: ['one', 'two', 'UPSTREAM_BROKEN'] })
    const truth = flow('onetwothree', held, afterOpen)
    expect(truth.sent).toEqual(['one', 'two', 'three', '.'])
  })
})
