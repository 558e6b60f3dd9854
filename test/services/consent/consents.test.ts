import { expect, it } from 'vitest'
import { Consents } from '../../../src/services/consent/consents.ts'
import { consentMemory } from '../../../src/services/consent/memory.ts'

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
