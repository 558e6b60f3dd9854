import { expect, it } from 'vitest'
import { Gate } from '../../../src/runtime/thread/gate.ts'

it('lets in what comes, or once it opens, in its order', async () => {
  const gate = new Gate()
  const entered: number[] = []
  const come = gate.before((each: number) => void entered.push(each))
  come(1)
  await gate.close()
  for (const each of [2, 3]) come(each)
  expect(entered).toEqual([1])
  await gate.close()
  gate.open()
  expect(entered).toEqual([1, 2, 3])
  come(4)
  gate.open()
  expect(entered).toEqual([1, 2, 3, 4])
})

it('is closed when the end of the turn is over in which it was told', async () => {
  const gate = new Gate()
  const done: string[] = []
  setImmediate(() => done.push('judged'))
  await gate.close()
  done.push('closed')
  expect(done).toEqual(['judged', 'closed'])
})
