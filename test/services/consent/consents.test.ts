import { expect, it } from 'vitest'
import { Consents, type ConsentsOptions } from '../../../src/services/consent/consents.ts'
import { consentMemory } from '../../../src/services/consent/memory.ts'
import type { HttpsRequest } from '../../../src/services/http/door.ts'

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
  const statuses = [200, 500]
  const { consents, told } = consentsThat(async () => statuses.shift()!, { clock: () => now })
  const first = { said: {}, counts: 5_000 }
  expect(await Promise.all(['tpp-1', 'tpp-2'].map((client) => consents.answer('a', client)))).toEqual([
    first,
    first,
  ])
  now = 4_000
  expect(await consents.answer('a', 'tpp-1')).toEqual({ said: {}, counts: 1_000 })
  expect(await consents.answer('b', 'tpp-1')).toBeUndefined()
  expect(told).toEqual(['found', 'failed'])
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

it('asks for nothing but a segment of the path that it was told, and for JSON', async () => {
  const asked: HttpsRequest[] = []
  const send = async (request: HttpsRequest) => {
    asked.push(request)
    return { status: 404, type: '', maxAge: null, octets: Buffer.alloc(0) }
  }
  const url = 'https://consents.bank.example/{id}/of/{id}'
  const { consents, told } = consentsThat(async () => 404, { send, url, authorization: 'Bearer x' })
  for (const id of ['.', '..', '...', 'a/../b', '\ud800', "$'"])
    expect(await consents.ask(id, 'tpp-1')).toBe('unknown')
  expect(asked.map((each) => each.url.slice('https://consents.bank.example/'.length))).toEqual([
    '.../of/...',
    'a%2F..%2Fb/of/a%2F..%2Fb',
    '%EF%BF%BD/of/%EF%BF%BD',
    "%24'/of/%24'",
  ])
  expect(asked[0]).toMatchObject({
    method: 'GET',
    fields: { accept: 'application/json', authorization: 'Bearer x' },
  })
  expect(told).toEqual(Array(6).fill('unknown'))
})

it('what is no JSON object is no answer', async () => {
  const send = async () => ({ status: 200, type: '', maxAge: null, octets: Buffer.from('[]') })
  const { consents, told } = consentsThat(async () => 200, { send })
  expect([await consents.ask('a', 'tpp-1'), told]).toEqual([undefined, ['failed']])
})

it('404 and 410 say that there is no such consent; what else is not 200 says nothing', async () => {
  const statuses = [201, 204, 302, 400, 403, 404, 405, 409, 410, 411, 422, 500]
  const said = statuses.map((status) => consentsThat(async () => status).consents.ask('a', 'tpp-1'))
  const unknown = statuses.filter((status) => status === 404 || status === 410)
  expect((await Promise.all(said)).flatMap((each, at) => (each === undefined ? [] : [statuses[at]]))).toEqual(
    unknown,
  )
})

it.each([
  ...[201, 302, 399, 401, 429, 500, 503].map((status) => [status, false] as const),
  ...[400, 403, 404, 422, 499].map((status) => [status, true] as const),
  [null, false] as const,
])('after %s three times in a row another is asked about: %s', async (status, isAsked) => {
  let calls = 0
  const answers = async () => {
    calls++
    if (status === null) throw new Error('it gave no answer')
    return status
  }
  const { consents } = consentsThat(answers)
  for (const id of ['a', 'b', 'c', 'd']) await consents.ask(id, 'tpp-1')
  expect(calls).toBe(isAsked ? 4 : 3)
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
    asked.push(consents.ask('d', 'another'))
    resolve()
    expect(await Promise.all(asked)).toEqual(['unknown', 'unknown', undefined, 'unknown'])
  },
)
