import { expect, it } from 'vitest'
import { catalogue } from '../../src/domain/denial.ts'

it('a catalogue and its denials are frozen: what one request is refused for no other can change', () => {
  const rows = catalogue({ SOME: [400, '', 'none', 'RFC 9110 §15.5.1', 'It says.', 'Do this.'] })
  expect([Object.isFrozen(rows), Object.isFrozen(rows.SOME), rows.SOME.code]).toEqual([true, true, 'SOME'])
})
