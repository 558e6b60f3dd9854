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

it('a short one takes a place as well, and what is found and taken in is counted', () => {
  const counts = { hits: 0, misses: 0 }
  const memory = consentMemory(100, counts)
  for (let at = 0; at < 1_000; at++) memory.set(`${at}`, { said: 'unknown', until: 0 })
  const kept = Array.from({ length: 1_000 }, (_, at) => memory.get(`${at}`)).filter(Boolean)
  expect(kept.length).toBeLessThanOrEqual(200)
  expect(counts).toEqual({ hits: kept.length, misses: 1_000 })
})
