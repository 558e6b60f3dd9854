import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/codec/json.ts'
import type { Introspected } from '../../../src/domain/ports.ts'
import { Outage } from '../../../src/services/http/questions.ts'
import { Introspector, type IntrospectorOptions } from '../../../src/services/introspection/introspector.ts'
import { NOW } from '../../support/clock.ts'

const ACTIVE = said({ active: true, exp: NOW + 60 })
const INACTIVE = said({ active: false })

describe('what is remembered', () => {
  it('an answer, for as long as is said', async () => {
    const { introspector, at } = setUp(() => ACTIVE)
    expect(introspector.recall('h', NOW)).toBeUndefined()
    expect(await introspector.ask('t', 'h')).toBe(ACTIVE)
    at.time = 29_999
    expect(introspector.recall('h', NOW)).toBe(ACTIVE)
    at.time = 30_000
    expect(introspector.recall('h', NOW)).toBeUndefined()
  })

  it('never beyond exp', async () => {
    const { introspector } = setUp(() => ACTIVE)
    await introspector.ask('t', 'h')
    expect(introspector.recall('h', NOW + 59)).toBe(ACTIVE)
    expect(introspector.recall('h', NOW + 60)).toBeUndefined()
  })

  it('that a token is not active, for a shorter time', async () => {
    const { introspector, at } = setUp(() => INACTIVE)
    await introspector.ask('t', 'h')
    at.time = 4_999
    expect(introspector.recall('h', NOW)).toBe(INACTIVE)
    at.time = 5_000
    expect(introspector.recall('h', NOW)).toBeUndefined()
  })

  it.each([{ active: 'true' }, { active: 1 }, {}])(
    '%j is not active, and so remembered for the shorter time',
    async (members) => {
      const { introspector, at } = setUp(() => said(members))
      await introspector.ask('t', 'h')
      at.time = 5_000
      expect(introspector.recall('h', NOW)).toBeUndefined()
    },
  )

  it('for one thread that asks after another too, for as long as that counts still', async () => {
    const answers = [() => ACTIVE, () => INACTIVE]
    const { introspector, at, questions } = setUp(() => answers.shift()!())
    expect(await introspector.answer('t', 'h', NOW)).toEqual({ said: ACTIVE, counts: 30_000 })
    at.time = 29_000
    expect(await introspector.answer('t', 'h', NOW)).toEqual({ said: ACTIVE, counts: 1_000 })
    expect(await introspector.answer('u', 'i', NOW)).toEqual({ said: INACTIVE, counts: 5_000 })
    at.time = 30_000
    expect(await introspector.answer('u', 'i', NOW)).toEqual({ said: INACTIVE, counts: 4_000 })
    expect(await introspector.answer('t', 'h', NOW)).toBeUndefined()
    expect(questions).toEqual(['t', 'u', 't'])
  })

  it('nothing active where the cache is off; each asks for itself', async () => {
    const { introspector, questions } = setUp(() => ACTIVE, { cache: 0 })
    await Promise.all([introspector.ask('t', 'h'), introspector.ask('t', 'h')])
    expect(introspector.recall('h', NOW)).toBeUndefined()
    expect(questions).toEqual(['t', 't'])
  })

  it('that tokens are not active, beside what is and not in its place', async () => {
    const [active, inactive] = [new Map(), new Map()]
    const answers = [ACTIVE, INACTIVE, INACTIVE]
    const { introspector } = setUp(() => answers.shift()!, { active, inactive })
    for (const each of ['a', 'b', 'c']) await introspector.ask(each, each)
    expect([[...active.keys()], [...inactive.keys()]]).toEqual([['a'], ['b', 'c']])
  })

  it('each answer is told as what it was', async () => {
    const answers = [ACTIVE, INACTIVE, said({ active: 'true' })]
    const { introspector, outcomes } = setUp(() => answers.shift()!)
    for (const each of ['a', 'b', 'c']) await introspector.ask(each, each)
    expect(outcomes).toEqual(['active null', 'inactive null', 'inactive null'])
  })

  it('a failure is not', async () => {
    const { introspector } = setUp(() => {
      throw new Error('nonsense')
    })
    expect(await introspector.ask('t', 'h')).toBeUndefined()
    expect(introspector.recall('h', NOW)).toBeUndefined()
  })
})

describe('what is asked', () => {
  it('is asked once for all who wait', async () => {
    const { introspector, questions } = setUp(() => ACTIVE)
    const answers = await Promise.all(Array.from({ length: 50 }, () => introspector.ask('t', 'h')))
    expect(answers.every((each) => each === ACTIVE)).toBe(true)
    expect(questions).toEqual(['t'])
  })

  it('is asked again once it was answered', async () => {
    const { introspector, questions } = setUp(() => ACTIVE)
    await introspector.ask('t', 'h')
    await introspector.ask('t', 'h')
    expect(questions).toEqual(['t', 't'])
  })

  it('is bounded: what is too much is not asked', async () => {
    const { introspector, questions } = setUp(() => ACTIVE, { questions: 2 })
    const answers = await Promise.all(['a', 'b', 'c'].map((each) => introspector.ask(each, each)))
    expect(answers).toEqual([ACTIVE, ACTIVE, undefined])
    expect(questions).toEqual(['a', 'b'])
    expect(await introspector.ask('c', 'c')).toBe(ACTIVE)
  })

  it('because of one asker is a quarter of all at most', async () => {
    const { introspector, questions } = setUp(() => ACTIVE)
    const greedy = ['a', 'b', 'c', 'd'].map((each) => introspector.ask(each, each, 'greedy'))
    const others = ['other', undefined].map((asker) => introspector.ask(`${asker}`, `${asker}`, asker))
    expect(await Promise.all([...greedy, ...others])).toEqual([
      ...[ACTIVE, ACTIVE, ACTIVE, undefined],
      ...[ACTIVE, ACTIVE],
    ])
    expect(questions).toEqual(['a', 'b', 'c', 'other', 'undefined'])
  })
})

describe('an outage', () => {
  const away = () => {
    throw new Outage('away')
  }

  it('that lasts gives the server a rest, and then one question goes before all others', async () => {
    const { introspector, questions, at, say } = setUp(away)
    for (const each of ['a', 'b', 'c', 'd', 'e']) await introspector.ask(each, each)
    expect(questions).toEqual(['a', 'b', 'c'])
    at.time = 1_000
    await Promise.all(['f', 'g', 'h'].map((each) => introspector.ask(each, each)))
    expect(questions).toEqual(['a', 'b', 'c', 'f'])
    at.time = 2_000
    say.answer = () => ACTIVE
    expect(await introspector.ask('i', 'i')).toBe(ACTIVE)
    const answers = await Promise.all(['j', 'k'].map((each) => introspector.ask(each, each)))
    expect(answers).toEqual([ACTIVE, ACTIVE])
  })

  it('is not made by what the server says of single tokens', async () => {
    const { introspector, questions, outcomes } = setUp(() => {
      throw new Error('the answer is for somebody else')
    })
    for (const each of ['a', 'b', 'c', 'd', 'e']) await introspector.ask(each, each)
    expect(questions).toHaveLength(5)
    expect(outcomes).toEqual(Array(5).fill('failed the answer is for somebody else'))
  })
})

function said(members: JsonObject): Introspected {
  return { members, signed: null }
}

function setUp(answer: () => Introspected, changes: Partial<IntrospectorOptions> = {}) {
  const at = { time: 0 }
  const say = { answer }
  const questions: string[] = []
  const outcomes: string[] = []
  const introspector = new Introspector({
    question: async (token) => {
      questions.push(token)
      return say.answer()
    },
    cache: 30_000,
    negativeCache: 5_000,
    questions: 10,
    active: new Map(),
    inactive: new Map(),
    clock: () => at.time,
    onAnswer: (outcome, problem) => outcomes.push(`${outcome} ${problem}`),
    ...changes,
  })
  return { introspector, at, say, questions, outcomes }
}
