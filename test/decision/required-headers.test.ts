import { describe, expect, it } from 'vitest'
import { checkRequiredHeaders, type HeaderForm } from '../../src/decision/required-headers.ts'

const codeFor = (form: HeaderForm, ...fields: string[]) =>
  checkRequiredHeaders(fields, [{ name: 'x-wanted', form }])?.code ?? 'passes'

const GOOD: readonly (readonly [HeaderForm, string])[] = [
  ['text', 'ä'],
  ['text', '  anything, at all'],
  ['uuid', 'd78fc4e5-37ca-4da3-adf2-9b082bf92280'],
  ['uuid', 'D78FC4E5-37CA-4DA3-ADF2-9B082BF92280'],
  ['key', 'k'],
  ['key', 'FRESCO.21302 GFX-20'],
  ['key', 'x'.repeat(40)],
  ['number', '1'],
  ['number', '9'.repeat(9)],
  ['ip', '192.0.2.1'],
  ['ip', '255.255.255.255'],
  ['ip', '2001:DB8::1'],
  ['ip', '::ffff:192.0.2.1'],
  ['ip', '0:0:0:0:0:0:0:1'],
  ['date', 'Sun, 10 Sep 2017 19:43:31 GMT'],
  ['date', 'Sun, 10 Sep 2017 19:43:31 UTC'],
]
const BAD: readonly (readonly [HeaderForm, string])[] = [
  ['text', ''],
  ['text', ', '],
  ['uuid', 'd78fc4e537ca4da3adf29b082bf92280'],
  ['uuid', 'd78fc4e5-37ca-4da3-adf2-9b082bf92280 '],
  ['uuid', '{d78fc4e5-37ca-4da3-adf2-9b082bf92280}'],
  ['key', ''],
  ['key', ' led'],
  ['key', 'trailed '],
  ['key', 'x'.repeat(41)],
  ['key', 'clé'],
  ['number', '0'],
  ['number', '01'],
  ['number', '-1'],
  ['number', '1.0'],
  ['number', '1'.repeat(10)],
  ['ip', '192.0.2'],
  ['ip', '192.0.2.256'],
  ['ip', '192.0.2.01'],
  ['ip', '192.0.2.1.'],
  ['ip', '192.0.2.1:80'],
  ['ip', '192.0.2.1/32'],
  ['ip', '2001:db8'],
  ['ip', '2001:db8:::1'],
  ['ip', '[2001:db8::1]'],
  ['ip', 'fe80::1%eth0'],
  ['ip', 'customer.example'],
  ['date', '2017-09-10T19:43:31Z'],
  ['date', 'Sunday, 10-Sep-17 19:43:31 GMT'],
]

describe('required headers', () => {
  it.each(GOOD)('%s may be %j', (form, value) => {
    expect(codeFor(form, 'Accept', '*/*', 'X-Wanted', value)).toBe('passes')
  })

  it.each(BAD)('%s may not be %j', (form, value) => {
    expect(codeFor(form, 'x-wanted', value)).toBe('HEADER_MALFORMED')
  })

  it.each(['uuid', 'number', 'ip', 'date'] as const)('%s comes once', (form) => {
    const [, value] = GOOD.find(([each]) => each === form)!
    expect(codeFor(form, 'x-wanted', value, 'X-WANTED', value)).toBe('HEADER_MALFORMED')
  })

  it('may not be dropped on the way, as `Connection` would have it', () => {
    for (const connection of ['x-wanted', 'close, X-Wanted', 'keep-alive,x-wanted '])
      expect(codeFor('number', 'X-Wanted', '1', 'Connection', connection)).toBe('FIELD_CONNECTION')
    expect(codeFor('number', 'x-wanted', '1', 'connection', 'close, x-other')).toBe('passes')
  })

  it('may be left out where they are optional, and be of no other form', () => {
    const optional = [{ name: 'x-wanted', form: 'uuid', isOptional: true }] as const
    const codeOf = (...fields: string[]) => checkRequiredHeaders(fields, optional)?.code
    expect(codeOf('connection', 'x-wanted')).toBeUndefined()
    expect(codeOf('x-wanted', 'd78fc4e5-37ca-4da3-adf2-9b082bf92280')).toBeUndefined()
    expect(codeOf('x-wanted', '7')).toBe('HEADER_MALFORMED')
    expect(codeOf('x-wanted', '')).toBe('HEADER_MALFORMED')
  })

  it('are missed one after the other', () => {
    const required = [
      { name: 'x-one', form: 'text' },
      { name: 'x-two', form: 'number' },
    ] as const
    expect(checkRequiredHeaders(['x-two', 'two'], required)?.code).toBe('HEADER_ABSENT')
    expect(checkRequiredHeaders(['x-two', 'two', 'x-one', '1'], required)?.code).toBe('HEADER_MALFORMED')
    expect(checkRequiredHeaders([], [])).toBeUndefined()
  })
})
