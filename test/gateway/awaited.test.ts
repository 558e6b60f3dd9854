import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Awaited } from '../../src/gateway/http2/awaited.ts'
import type { AwaitedAnswer } from '../../src/gateway/http2/awaited-answer.ts'

const KIB = 1024
const B = '192.0.2.2'

/** An answer to somebody, of which nothing was taken since then; what becomes of it is told by its place. */
function answersIn(awaited: Awaited, told: string[]) {
  return (remoteAddress: string, takenSince: number, waiting = 300 * KIB) => {
    const name = `${remoteAddress} ${takenSince}`
    const look = () => {
      told.push(`looked at ${name}`)
      return waiting
    }
    const breakOff = () => void told.push(`ended ${name}`)
    const answer = { place: -1, takenSince, waiting, connection: { remoteAddress }, look, breakOff }
    awaited.add(answer as unknown as AwaitedAnswer, waiting)
  }
}

it('of those who have more than an equal part goes what was not taken for the longest; an IPv6 network is one', async () => {
  const told: string[] = []
  const answer = answersIn(new Awaited(1024 * KIB, () => {}), told)
  answer(B, 1)
  for (const [at, since] of [3, 2, 4].entries()) answer(`2001:db8::${at}`, since)
  await nextTurn()
  expect(told.filter((each) => each.startsWith('ended'))).toEqual([
    'ended 2001:db8::1 2',
    'ended 2001:db8::0 3',
  ])
})

it.each([
  ['octets', 130 * KIB, 2],
  ['answers, however short', 1, 33],
])('they are looked at once for a quarter of what there may be, of %s', async (_, waiting, count) => {
  const told: string[] = []
  const answer = answersIn(new Awaited(1024 * KIB, () => {}), told)
  for (let round = 1; round <= 2; round++) {
    for (let at = 0; at < count; at++) answer(B, at, waiting)
    await nextTurn()
    expect(told).toHaveLength(count * (round === 1 ? 1 : 3))
  }
})
