import { describe, expect, it } from 'vitest'
import { readNote, textOf, thingOf } from '../../../src/services/revocation/note.ts'
import { of } from '../replicas-world.ts'

describe('what replicas tell each other', () => {
  it('is read as it was written', () => {
    const entries = [
      of('a'),
      { ...of('b'), issuedBefore: 17 },
      { ...of('b'), issuedBefore: 0 },
      { ...of('c'), by: 'token_hash' as const, issuer: null },
    ]
    for (const entry of entries) {
      for (const isTakenBack of [false, true]) {
        const note = {
          entry: isTakenBack ? { ...entry, issuedBefore: null } : entry,
          isTakenBack,
          at: 1_795_000_000_000_001,
        }
        expect(readNote(thingOf(entry), textOf(note).join(' '))).toEqual(note)
      }
    }
  })

  it('is nothing where somebody else has written', () => {
    const field = thingOf(of('a'))
    for (const text of ['', '1', '1 2', '1 2 x', '1 2 -3', 'a b every', '1 2 every ', '1 2 3 4'])
      expect(readNote(field, text), text).toBeUndefined()
    for (const strange of [
      '',
      '[',
      '{}',
      '["sub","iss"]',
      '["sub",null,"a"]',
      '["token_hash","iss","a"]',
      '["aud","iss","a"]',
      '["sub","iss",7]',
      '["sub","iss","a","b"]',
    ])
      expect(readNote(strange, '1 2 every'), strange).toBeUndefined()
  })
})
