import { expect, it } from 'vitest'
import { Places } from '../../../src/services/http/places.ts'

const ever = new AbortController().signal

it('a place has one question at a time, and each that waits has its turn, whatever became of the one before', async () => {
  const places = new Places({}, 2)
  let [now, most] = [0, 0]
  const asked: number[] = []
  const all = Array.from({ length: 7 }, (_, at) =>
    places.with(ever, async () => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now--
      asked.push(at)
      if (at % 2 === 0) throw new Error('away')
      return at
    }),
  )
  const answers = await Promise.allSettled(all)
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  expect([asked, most]).toEqual([[0, 1, 2, 3, 4, 5, 6], 2])
})

it('whoever waits is told when their time is over, though the place is still taken', async () => {
  const places = new Places({}, 1)
  const answered = Promise.withResolvers<string>()
  const first = places.with(ever, () => answered.promise)
  const patience = new AbortController()
  const second = places.with(patience.signal, async () => 'second')
  const third = places.with(ever, async () => 'third')
  patience.abort(new Error('late'))
  await expect(second).rejects.toThrow('late')
  answered.resolve('first')
  expect(await Promise.all([first, third])).toEqual(['first', 'third'])
})
