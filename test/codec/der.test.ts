import { describe, expect, it } from 'vitest'
import { elementAt, elementsIn } from '../../src/codec/der.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('an element of DER (X.690 §8.1)', () => {
  it.each([
    ['of no contents', '05 00', { tag: 5, start: 2, end: 2 }],
    ['of a short length', '04 02 0102 ff', { tag: 4, start: 2, end: 4 }],
    ['of a length of one octet', '04 81 02 0102', { tag: 4, start: 3, end: 5 }],
    ['of a length of six octets', '04 86 000000000001 07', { tag: 4, start: 8, end: 9 }],
    ['of 127 octets', `04 7f ${'00'.repeat(127)}`, { tag: 4, start: 2, end: 129 }],
  ])('%s', (_, text, element) => {
    expect(elementAt(hex(text), 0)).toEqual(element)
  })

  it.each([
    ['nothing', ''],
    ['no length', '04'],
    ['contents cut off', '04 02 01'],
    ['a length cut off', '04 82 01'],
    ['contents cut off behind a length of two octets', '04 82 0002 01'],
    ['a length that is not said', `04 80 ${'00'.repeat(130)}`],
    ['a length of seven octets', `04 87 00000000000001 ${'07'.repeat(9)}`],
    ['a length of 127 octets', `04 ff ${'00'.repeat(130)}`],
  ])('is none: %s', (_, text) => {
    expect(elementAt(hex(text), 0)).toBeUndefined()
  })
})

describe('those within another', () => {
  const within = (text: string) => elementsIn(hex(text), elementAt(hex(text), 0)).map(({ tag }) => tag)

  it('stand one after the other, up to its end', () => {
    expect(within('30 05 0201 01 0500 0400')).toEqual([2, 5])
    expect(within('30 00')).toEqual([])
  })

  it('are none where one is cut off, or there is no other', () => {
    expect(within('30 03 0500 04')).toEqual([])
    expect(within('30 05 0500 0403 01')).toEqual([])
    expect(elementsIn(hex('0500'), undefined)).toEqual([])
  })
})
