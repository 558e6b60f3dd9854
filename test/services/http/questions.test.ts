import { expect, it } from 'vitest'
import { Outage, Questions } from '../../../src/services/http/questions.ts'

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

it('says what it does not ask, and why, once a second at most', async () => {
  const told: string[] = []
  const at = { time: 0 }
  const questions = new Questions<string>({
    most: 8,
    clock: () => at.time,
    onFailed: (problem) => told.push(problem),
  })
  const { promise, resolve } = Promise.withResolvers<string>()
  const ask = (key: string, client: string) => void questions.ask(key, () => promise, client)
  for (const key of ['a', 'b', 'c', 'd']) ask(key, 'greedy')
  expect(told).toEqual(['not asked: 2 questions are under way or waiting, 2 of greedy'])
  at.time = 1_000
  for (const client of ['b', 'c', 'd']) for (const key of ['1', '2']) ask(client + key, client)
  expect(told.slice(1)).toEqual(['not asked: 7 questions are under way or waiting, 1 of d'])
  at.time = 2_000
  for (const client of ['e', 'f']) ask(client, client)
  expect(told.slice(2)).toEqual(['not asked: 8 questions are under way or waiting, 0 of f'])
  resolve('said')
})

it('leaves a server alone that fails several times in a row, for one client only where it fails for that one alone', async () => {
  const at = { time: 0 }
  const questions = new Questions<string>({ most: 64, clock: () => at.time, onFailed: () => {} })
  let asked = 0
  const fails = async (client: string | null) => {
    const before = asked
    const outage = () => {
      asked++
      return Promise.reject(new Outage('500'))
    }
    expect(await questions.ask(null, outage, client)).toBeUndefined()
    return asked > before
  }
  const isAsked = async (client: string | null) =>
    (await questions.ask(null, async () => 'said', client)) === 'said'
  for (let time = 0; time < 3; time++) expect(await fails('odd')).toBe(true)
  expect(await fails('odd')).toBe(false)
  expect(await isAsked('honest')).toBe(true)
  // That it answered is for all.
  for (let time = 0; time < 3; time++) expect(await fails('odd')).toBe(true)
  expect(await fails('honest')).toBe(true)
  for (const client of ['odd', 'honest', 'another', null]) expect(await fails(client)).toBe(false)
  at.time = 1_000
  expect(await isAsked('another')).toBe(true)
  for (let time = 0; time < 3; time++) expect(await fails(null)).toBe(true)
  expect(await isAsked('honest')).toBe(false)
  // Then one asks before all others.
  at.time = 2_000
  const { promise, resolve } = Promise.withResolvers<string>()
  const first = questions.ask(null, () => promise)
  expect(await isAsked('honest')).toBe(false)
  resolve('said')
  expect([await first, await isAsked('honest')]).toEqual(['said', true])
})
