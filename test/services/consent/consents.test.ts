import { expect, it } from 'vitest'
import { Consents, type ConsentsOptions } from '../../../src/services/consent/consents.ts'
import { consentMemory } from '../../../src/services/consent/memory.ts'

/** Of a service that keeps no consent, as it answers each time. */
function consentsThat(answers: () => Promise<number>, changes: Partial<ConsentsOptions> = {}) {
  const told: string[] = []
  const consents = new Consents({
    send: async () => ({ status: await answers(), type: '', maxAge: null, octets: Buffer.from('{}') }),
    url: 'https://consents.bank.example/{id}',
    authorization: null,
    cache: 5_000,
    questions: 64,
    memo: consentMemory(8),
    clock: () => 0,
    onAnswer: (outcome) => told.push(outcome),
    ...changes,
  })
  return { consents, told }
}

it('one thread that asks after another is told what is remembered, for as long as that counts still', async () => {
  let now = 0
  const { consents, told } = consentsThat(async () => 200, { clock: () => now })
  expect(await consents.answer('a', 'tpp-1')).toEqual({ said: {}, counts: 5_000 })
  now = 4_000
  expect(await consents.answer('a', 'tpp-1')).toEqual({ said: {}, counts: 1_000 })
  expect(told).toEqual(['found'])
})

it('an answer that is not remembered is not shared either, and each is counted for what it was', async () => {
  const statuses = [200, 404, 500]
  const { consents, told } = consentsThat(async () => statuses.shift()!, { cache: 0 })
  const said = await Promise.all(['a', 'a', 'a'].map((id) => consents.ask(id, 'tpp-1')))
  expect([said, told.sort()]).toEqual([
    [{}, 'unknown', undefined],
    ['failed', 'found', 'unknown'],
  ])
})

it.each(['tpp-1', null])(
  'whoever names consents has a quarter of the questions at most: %s',
  async (client) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const told: (string | null)[] = []
    const consents = new Consents({
      send: () => promise.then(() => ({ status: 404, type: '', maxAge: null, octets: Buffer.alloc(0) })),
      url: 'https://consents.bank.example/{id}',
      authorization: null,
      cache: 0,
      questions: 8,
      memo: consentMemory(8),
      clock: () => 0,
      onAnswer: (_, problem) => told.push(problem),
    })
    const asked = ['a', 'b', 'c'].map((id) => consents.ask(id, client))
    expect(await asked[2]).toBeUndefined()
    expect(told).toEqual([expect.stringMatching(/^not asked: 2 questions .*, 2 of t/)])
    resolve()
    expect(await Promise.all(asked)).toEqual(['unknown', 'unknown', undefined])
  },
)
