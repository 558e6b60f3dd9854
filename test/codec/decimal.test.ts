import { describe, expect, it } from 'vitest'
import { normalDecimal } from '../../src/codec/decimal.ts'

describe('normalDecimal', () => {
  it.each([
    [
      ['120.50', '120.5', '1205e-1', '1.205E2', '1.205e+2', '0.1205e3', '120.500000000000000000000000'],
      '1205e-1',
    ],
    [['100', '1e2', '1E+2', '100.00', '10000e-2'], '1e2'],
    [['0', '-0', '0.00', '0e9', '-0.0e-3'], '0'],
    [['-7.10', '-71e-1'], '-71e-1'],
    [['9007199254740993', '9007199254740993.000', '9.007199254740993e15'], '9007199254740993e0'],
    [['0.1000000000000000055'], '1000000000000000055e-19'],
    [['1e9999'], '1e9999'],
    [[`1${'0'.repeat(127)}`], '1e127'],
  ])('%j are one number', (texts, normal) => {
    expect(texts.map(normalDecimal)).toEqual(texts.map(() => normal))
  })

  it('keeps apart what a double would not', () => {
    expect(normalDecimal('9007199254740993')).not.toBe(normalDecimal('9007199254740992'))
    expect(normalDecimal('0.1000000000000000055')).not.toBe(normalDecimal('0.1'))
    expect(normalDecimal('100.00000000000000000001')).not.toBe(normalDecimal('100'))
    expect(normalDecimal('-1')).not.toBe(normalDecimal('1'))
  })

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '.5',
    '5.',
    '1,5',
    '1.000,00',
    '1_000',
    '007',
    '00',
    '-',
    'e5',
    '1e',
    '1e99999',
    '0x10',
    '１',
    'NaN',
    'Infinity',
    '1n',
    '1.2.3',
    '1e1e1',
    '9'.repeat(129),
  ])('%j is no number', (text) => {
    expect(normalDecimal(text)).toBeUndefined()
  })
})
