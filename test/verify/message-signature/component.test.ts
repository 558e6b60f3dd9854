import { describe, expect, it } from 'vitest'
import { parseComponent } from '../../../src/verify/message-signature/component.ts'

describe('a component identifier as a configuration writes it (RFC 9421 §2)', () => {
  it.each([
    ['x-1', '"x-1"'],
    ["!#$%&'*+-.^_`|~", '"!#$%&\'*+-.^_`|~"'],
    ['@target-uri;req', '"@target-uri";req'],
    ['@query;req', '"@query";req'],
    ['"@query-param";name="a"', '"@query-param";name="a"'],
    ['"date"', '"date"'],
  ])('%s', (text, identifier) => {
    expect(parseComponent(text)?.identifier).toBe(identifier)
  })

  it.each(['@path;bs', '@path;sf', '@path;tr', 'date;', 'da"te', 'é', ''])('%s is none', (text) => {
    expect(parseComponent(text)).toBeUndefined()
  })

  it('is the same for whatever order its parameters are in', () => {
    const [one, other] = ['x;sf;req;key="a"', 'x;key="a";req;sf'].map(parseComponent)
    expect(one?.identity).toBe(other?.identity)
    expect(one?.identifier).not.toBe(other?.identifier)
  })
})
