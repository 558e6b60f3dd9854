import { expect, it } from 'vitest'
import { consentMemory } from '../../../src/services/consent/memory.ts'

it('a long consent takes the place of several, so that whoever makes long ones takes no more memory', () => {
  const memory = consentMemory(100)
  const keep = (id: string, said: 'unknown' | { text: string }) => memory.set(id, { said, until: 0 })
  const kept = (kind: string) =>
    Array.from({ length: 100 }, (_, at) => memory.get(`${kind} ${at}`)).filter(Boolean)
  for (let at = 0; at < 100; at++) keep(`short ${at}`, 'unknown')
  expect(kept('short')).toHaveLength(100)
  for (let at = 0; at < 100; at++) keep(`long ${at}`, { text: 'x'.repeat(10_240) })
  expect(kept('long').length).toBeGreaterThan(9)
  expect(kept('long').length).toBeLessThan(22)
})
