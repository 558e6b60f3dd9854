import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ParsedParts } from '../../../src/verify/message-signature/parsed-parts.ts'

describe('what is parsed once for all components of a message', () => {
  it('a query has the parameters that a browser finds in it', () => {
    const form = fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(form, (query) => {
        const expected = new Map<string, string | null>()
        for (const [name, value] of new URLSearchParams(`?${query}`))
          expected.set(name, expected.has(name) ? null : value)
        const parsed = new ParsedParts()
        for (const [name, value] of expected) expect(parsed.parameter(query, name)).toBe(value)
        expect(parsed.parameter(query, 'none')).toBeUndefined()
      }),
      { numRuns: 5000, seed: 1 },
    )
  })

  it('a dictionary is parsed once, and each place has its own', () => {
    const parsed = new ParsedParts()
    const first = parsed.dictionary('a', 'x=1')
    expect(first?.members.size).toBe(1)
    expect(parsed.dictionary('a', 'x=1')).toBe(first)
    expect(parsed.dictionary('b', 'x=1, y=2')?.members.size).toBe(2)
    expect(parsed.dictionary('c', '=')).toBeUndefined()
  })
})

const PIECES = [
  ...['a', 'b', '=', '&', '%', '+', '%41', '%zz', '%4', '?', '%26', '%3D', '%2B', '%20'],
  ...['%C3%A9', '%E2%82', '%FF', '%EF%BB%BF', '%F0%9F%98%80', '%c0%af', '%ED%A0%80', '%F4%90%80%80'],
]
