import { expect, it } from 'vitest'
import type { Introspected } from '../../../src/domain/ports.ts'
import type { PassedAnswer } from '../../../src/services/http/answers.ts'
import { IntrospectionReplica } from '../../../src/services/introspection/replica.ts'
import { NOW } from '../../support/clock.ts'

it('remembers what another thread was told for as long as that says, and has no answer where that is gone', async () => {
  const said: Introspected = { members: { active: true }, signed: null }
  const answers: (() => Promise<PassedAnswer<Introspected> | undefined>)[] = [
    () => Promise.reject(new Error('the thread is gone')),
    async () => undefined,
    async () => ({ said, counts: 1_000 }),
  ]
  let now = 0
  const ask = () => answers.shift()!()
  const replica = new IntrospectionReplica({ ask, active: new Map(), inactive: new Map(), clock: () => now })
  for (const expected of [undefined, undefined, said]) {
    expect(await replica.ask('t', 'h')).toBe(expected)
    expect(replica.recall('h', NOW)).toBe(expected)
  }
  now = 1_000
  expect(replica.recall('h', NOW)).toBeUndefined()
})
