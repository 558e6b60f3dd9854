import { expect, it } from 'vitest'
import { Questions } from '../../../src/services/http/questions.ts'

it('no client has more than a quarter of the places, and has them again once it was answered', async () => {
  const questions = new Questions<string>({ most: 16, clock: () => 0, onFailed: () => {} })
  const { promise, resolve } = Promise.withResolvers<string>()
  const ask = (key: string, client: string | null) => questions.ask(key, () => promise, client)
  const flood = Array.from({ length: 10 }, (_, at) => ask(`flood ${at}`, 'greedy'))
  expect(await Promise.all(flood.slice(4))).toEqual(Array(6).fill(undefined))
  const others = [ask('a', 'honest'), ask('b', null), ask('flood 0', 'honest'), ask('flood 0', 'greedy')]
  resolve('said')
  expect(await Promise.all([...flood.slice(0, 4), ...others])).toEqual(Array(8).fill('said'))
  expect(await ask('flood 9', 'greedy')).toBe('said')
})
