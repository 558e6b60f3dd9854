import { describe, expect, it } from 'vitest'
import { scanFields } from '../../src/codec/field-scan.ts'

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

  it('an empty first value is a value', () => {
    expect(scanFields(['DPoP', '', 'DPoP', 'p'])).toMatchObject({ dpop: '', repeatedCredential: 'dpop' })
  })

  it('joins the lines of a list (RFC 9110 §5.3)', () => {
    expect(scanFields(['Connection', 'close', 'connection', 'x'])).toMatchObject({
      connection: 'close, x',
      repeated: null,
    })
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

  it('remembers names within bounds', () => {
    for (let each = 0; each < 5000; each++) scanFields([`x-${each}`, ''])
    expect(scanFields(['DPOP', 'p']).dpop).toBe('p')
  })
})
