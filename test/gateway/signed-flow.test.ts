import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Downstream } from '../../src/gateway/downstream.ts'
import { Outflow } from '../../src/gateway/outflow.ts'
import type { SignedOutcome } from '../../src/gateway/signed-answer.ts'
import { SignedFlow } from '../../src/gateway/signed-flow.ts'
import { AT_ONCE } from '../support/turn.ts'

const PARTS = ['one', 'two', 'three'].map((part) => Buffer.from(part))

/** What the client has got, part by part; `.` where it is whole, or the code that it failed with. */
function flow(digestsOf: readonly string[], held: readonly Buffer[], afterOpen: readonly Buffer[]) {
  const sent: string[] = []
  const downstream = {
    write: (part: Buffer) => sent.push(part.toString()) > 0,
    end: (part?: Buffer) => sent.push(part?.toString() ?? ''),
  } as unknown as Downstream
  const expected = digestsOf.map((text, at) =>
    at === 0
      ? ({ algorithm: 'sha-256', digest: hash('sha256', text, 'buffer') } as const)
      : ({ algorithm: 'sha-512', digest: hash('sha512', text, 'buffer') } as const),
  )
  const outcome: SignedOutcome = {
    done: () => sent.push('.'),
    failed: ({ code }) => sent.push(code),
    gone: () => {},
  }
  const out = new Outflow(downstream, [], AT_ONCE, () => {})
  const signed = new SignedFlow(downstream, out, expected, outcome)
  for (const part of held) signed.write(part)
  out.open()
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
    for (const digestsOf of [['another'], ['onetwothree', 'another'], ['another', 'onetwothree']]) {
      const lie = flow(digestsOf, held, afterOpen)
      expect(lie).toEqual({ before: ['one', 'two'], sent: ['one', 'two', 'UPSTREAM_BROKEN'] })
    }
    for (const digestsOf of [['onetwothree'], ['onetwothree', 'onetwothree']])
      expect(flow(digestsOf, held, afterOpen).sent).toEqual(['one', 'two', 'three', '.'])
  })
})
