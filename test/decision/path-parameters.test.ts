import { describe, expect, it } from 'vitest'
import { namedSegments, readPathParameters } from '../../src/decision/path-parameters.ts'

const NAMED = namedSegments('/accounts/{accountId}/cards/{card_2}/**')
const read = (path: string) => {
  const found = readPathParameters(NAMED, path)
  return found === undefined ? undefined : Object.fromEntries(found)
}

describe('path parameters', () => {
  it('are the segments that a pattern names', () => {
    expect(NAMED).toEqual([
      { name: 'accountId', index: 1 },
      { name: 'card_2', index: 3 },
    ])
    expect(namedSegments('/accounts/*/**')).toEqual([])
    expect(readPathParameters(namedSegments('/{id}'), '/1')).toEqual(new Map([['id', '1']]))
  })

  it.each([
    ['/accounts/1/cards/2', '1', '2'],
    ['/accounts/1/cards/2/more/3', '1', '2'],
    ['/accounts/a%20b/cards/%C3%A9', 'a b', 'é'],
    ['/accounts/a+b/cards/a%2Ab', 'a+b', 'a*b'],
    ['/accounts/__proto__/cards/x', '__proto__', 'x'],
  ])('of %s are what the upstream reads', (path, accountId, card) => {
    expect(read(path)).toEqual({ accountId, card_2: card })
  })

  it.each([
    ['/accounts/%2531/cards/2', 'what decodes further'],
    ['/accounts/1;x=2/cards/2', 'parameters'],
    ['/accounts/%FF/cards/2', 'what is no UTF-8'],
    ['/accounts/%C3/cards/2', 'half a character'],
  ])('of %s are not read: %s', (path) => {
    expect(read(path)).toBeUndefined()
  })
})
