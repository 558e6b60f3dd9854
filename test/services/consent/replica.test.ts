import { expect, it } from 'vitest'
import type { SaidOfConsent } from '../../../src/domain/ports.ts'
import { ConsentReplica } from '../../../src/services/consent/replica.ts'
import type { PassedAnswer } from '../../../src/services/http/answers.ts'

it('remembers of a consent what another thread was told for as long as that says, and has no answer where that is gone', async () => {
  const said: SaidOfConsent = { status: 'AUTH' }
  const answers: (() => Promise<PassedAnswer<SaidOfConsent> | undefined>)[] = [
    () => Promise.reject(new Error('the thread is gone')),
    async () => undefined,
    async () => ({ said, counts: 1_000 }),
  ]
  let now = 0
  const ask = () => answers.shift()!()
  const replica = new ConsentReplica({ ask, memo: new Map(), clock: () => now })
  for (const expected of [undefined, undefined, said]) {
    expect(await replica.ask('t', 'h')).toBe(expected)
    expect(replica.recall('t')).toBe(expected)
  }
  now = 1_000
  expect(replica.recall('t')).toBeUndefined()
})
