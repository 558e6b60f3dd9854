import { describe, expect, it } from 'vitest'
import type { BareItem, InnerList, Item } from '../../src/codec/structured-field.ts'
import {
  serialiseBareItem,
  serialiseDictionary,
  serialiseItem,
  serialiseMember,
} from '../../src/codec/structured-field-text.ts'

const TOO_LARGE: BareItem = { type: 'integer', value: 1e15 }
const item = (bare: BareItem, parameters: Iterable<readonly [string, BareItem]> = []): Item => ({
  kind: 'item',
  bare,
  parameters: new Map(parameters),
})
const ONE = item({ type: 'integer', value: 1 })
const list = (items: readonly Item[], parameters: Iterable<readonly [string, BareItem]> = []): InnerList => ({
  kind: 'inner-list',
  items,
  parameters: new Map(parameters),
})

describe('what has no text has none wherever it stands (RFC 9651 §4.1)', () => {
  it('as a member of a dictionary', () => {
    expect(serialiseDictionary(new Map([['a', ONE]]))).toBe('a=1')
    expect(serialiseDictionary(new Map([['a', item(TOO_LARGE)]]))).toBeUndefined()
    expect(serialiseDictionary(new Map([['A', ONE]]))).toBeUndefined()
  })

  it('as a parameter', () => {
    expect(serialiseItem(item(ONE.bare, [['a', TOO_LARGE]]))).toBeUndefined()
    expect(serialiseItem(item(ONE.bare, [['A', ONE.bare]]))).toBeUndefined()
  })

  it('in an inner list, or as a parameter of one', () => {
    expect(serialiseMember(list([ONE, ONE], [['a', ONE.bare]]))).toBe('(1 1);a=1')
    expect(serialiseMember(list([ONE, item(TOO_LARGE)]))).toBeUndefined()
    expect(serialiseMember(list([ONE], [['a', TOO_LARGE]]))).toBeUndefined()
  })
})

it.each<[BareItem, string | undefined]>([
  [{ type: 'integer', value: 1.5 }, undefined],
  [{ type: 'integer', value: -0 }, '0'],
  [{ type: 'date', value: 1e15 }, undefined],
  [{ type: 'decimal', value: 1.2346 }, '1.235'],
  [{ type: 'decimal', value: 0.0005 }, '0.0'],
  [{ type: 'decimal', value: 0.0015 }, '0.002'],
  [{ type: 'decimal', value: -0.0004 }, '0.0'],
  [{ type: 'decimal', value: -0.001 }, '-0.001'],
  [{ type: 'decimal', value: Number.NaN }, undefined],
  [{ type: 'display-string', value: 'a\n"%é' }, '%"a%0a%22%25%c3%a9"'],
  [{ type: 'display-string', value: '\ud800' }, undefined],
  [{ type: 'string', value: '' }, '""'],
  [{ type: 'string', value: 'a"\\' }, '"a\\"\\\\"'],
])('%j is written as %j', (bare, text) => {
  expect(serialiseBareItem(bare)).toBe(text)
})
