import { describe, expect, it } from 'vitest'
import {
  announcedLength,
  combinedValue,
  connectionOptions,
  fieldValue,
  isForThisConnection,
  scanFields,
  withoutFields,
} from '../../src/codec/field-scan.ts'

describe('scanFields', () => {
  it('finds the fields that decide, whatever their case, and passes over the rest', () => {
    const scanned = scanFields([
      'HOST',
      'a',
      'authorization',
      'DPoP t',
      'dPoP',
      'p',
      'Accept',
      '*/*',
      'X-B3-TraceId',
      '1',
      'X-FAPI-Interaction-ID',
      'i',
    ])
    expect(scanned).toMatchObject({ host: 'a', authorization: 'DPoP t', dpop: 'p', interactionId: 'i' })
    expect(scanned).toMatchObject({
      repeated: null,
      repeatedCredential: null,
      unsafeName: null,
      contentLength: null,
    })
  })

  it.each(['Host', 'Content-Length', 'Transfer-Encoding', 'Content-Type', 'Expect', 'X-Fapi-Interaction-Id'])(
    'reports a second %s, and keeps the first',
    (name) => {
      const scanned = scanFields([name, '1', 'Accept', '*/*', name.toUpperCase(), '2'])
      expect(scanned.repeated).toBe(name.toLowerCase())
      expect(Object.values(scanned)).toContain('1')
    },
  )

  it.each(['authorization', 'dpop'])('tells a second %s apart: it is answered with a challenge', (name) => {
    const scanned = scanFields([name, 'a', name, 'a'])
    expect(scanned).toMatchObject({ repeatedCredential: name, repeated: null })
  })

  it('of several that came twice the first is told', () => {
    const twice = (...names: string[]) => scanFields(names.flatMap((name) => [name, '1', name, '2']))
    expect(twice('dpop', 'authorization').repeatedCredential).toBe('dpop')
    expect(twice('expect', 'host').repeated).toBe('expect')
  })

  it('an empty first value is a value', () => {
    expect(scanFields(['DPoP', '', 'DPoP', 'p'])).toMatchObject({ dpop: '', repeatedCredential: 'dpop' })
  })

  it.each([
    ['Early-Data', 'earlyData'],
    ['Connection', 'connection'],
    ['Via', 'via'],
    ['Signature-Input', 'signatureInput'],
    ['Signature', 'signature'],
  ])('joins the lines of %s (RFC 9110 §5.3)', (name, role) => {
    expect(scanFields([name, 'a', name.toUpperCase(), 'b'])).toMatchObject({ [role]: 'a, b', repeated: null })
  })

  it('reports the first name that environments fold (CVE-2025-64484)', () => {
    expect(scanFields(['X_Forwarded_For', '1', 'holdfast.subject', '2']).unsafeName).toBe('X_Forwarded_For')
  })

  it('is not led astray by names that objects have', () => {
    expect(scanFields(['constructor', '1', '__proto__', '2', 'toString', '3'])).toMatchObject({
      unsafeName: '__proto__',
      repeated: null,
    })
  })

  it.each([
    ['Authorization', 'authorization'],
    ['DPoP', 'dpop'],
    ['Host', 'host'],
    ['Content-Length', 'contentLength'],
    ['Transfer-Encoding', 'transferEncoding'],
    ['Content-Type', 'contentType'],
    ['Expect', 'expect'],
    ['Early-Data', 'earlyData'],
    ['X-FAPI-Interaction-ID', 'interactionId'],
    ['Connection', 'connection'],
    ['Via', 'via'],
    ['Signature-Input', 'signatureInput'],
    ['Signature', 'signature'],
  ])('%s is told as %s, and as nothing else', (name, role) => {
    expect(scanFields([name, '1'])).toEqual({ ...scanFields([]), [role]: '1' })
  })

  it('an empty name is none, and a long one is judged like any other', () => {
    expect(scanFields(['', '1']).unsafeName).toBe('')
    const long = 'x-'.repeat(40)
    expect(scanFields([long, '1', `${long}_`, '2'])).toEqual({ ...scanFields([]), unsafeName: `${long}_` })
  })

  it('remembers names within bounds', () => {
    for (let each = 0; each < 5000; each++) scanFields([`x-${each}`, ''])
    expect(scanFields(['DPOP', 'p']).dpop).toBe('p')
  })
})

describe('one field of many', () => {
  const FIELDS = ['Vary', 'date', 'Date', '1', 'Data', '2', 'DATE', '3']

  it('is found by its name, never by the value of another', () => {
    expect(fieldValue(FIELDS, 'date')).toBe('1')
    expect(combinedValue(FIELDS, 'date')).toBe('1, 3')
    expect([fieldValue(FIELDS, 'expires'), combinedValue(FIELDS, 'expires')]).toEqual([null, null])
  })

  it('is left out in any case', () => {
    expect(withoutFields(FIELDS, new Set(['date', 'expires']))).toEqual(['Vary', 'date', 'Data', '2'])
  })

  it('says how long a body is', () => {
    expect(announcedLength(['Content-Length', '12'])).toBe(12)
    expect(announcedLength(FIELDS)).toBeNull()
  })
})

describe('Connection (RFC 9110 §7.6.1)', () => {
  it('names its options in any case, with spaces and tabs around them', () => {
    expect(connectionOptions('Keep-Alive ,\tX-Trace,close')).toEqual(['keep-alive', 'x-trace', 'close'])
  })

  it.each([
    ['x-trace', ['Connection', 'close', 'CONNECTION', 'te, X-Trace'], true],
    ['x-trace', ['Connection', 'x-trace-id'], false],
    ['x-trace', ['X-Trace', 'x-trace'], false],
    ['x-trace', [], false],
  ])('keeps %s here in %j: %s', (name, fields, expected) => {
    expect(isForThisConnection(fields, name)).toBe(expected)
  })
})
