import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { memberOfRequest, parseComponent } from '../../../src/verify/message-signature/component.ts'
import { componentValue } from '../../../src/verify/message-signature/component-value.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import { requestOf } from '../../support/http-message.ts'

describe('RFC 9421 §2, the values of components', () => {
  const fields = [
    ['Host', 'www.example.com'],
    ['Date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['X-OWS-Header', '   Leading and trailing whitespace.   '],
    ['X-Obs-Fold-Header', ' Obsolete\r\n    line folding.'],
    ['Cache-Control', 'max-age=60'],
    ['Cache-Control', '   must-revalidate'],
    ['Example-Dict', '  a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['X-Empty-Header', ''],
    ['Example-Header', 'value, with, lots'],
    ['Example-Header', 'of, commas'],
  ].flat()
  const request = {
    ...requestOf('POST /path?param=value&foo=bar&baz=bat%2Dman HTTP/1.1\r\nHost: www.example.com\r\n\r\n'),
    fields,
  }
  const types = new Map([...fieldTypes, ['example-dict', 'dictionary'] as const])
  const value = (text: string, changes: object = {}, response: object | null = null) => {
    const component = parseComponent(text)!
    const message = {
      request: { ...request, ...changes },
      response: response === null ? null : { status: 200, fields: [], ...response },
    }
    const found = componentValue(component, message, types)
    return isDenial(found) ? found.code : found
  }

  it.each(['sig1', '*a', 'a-b_c.d*'])(
    'a member of the request, %s, is the component that its text is',
    (label) => {
      const written = parseComponent(`signature;req;key="${label}"`)
      expect(memberOfRequest('signature', label)).toEqual(written)
    },
  )

  it.each([
    ['date', 'Tue, 20 Apr 2021 02:07:56 GMT'],
    ['x-ows-header', 'Leading and trailing whitespace.'],
    ['x-obs-fold-header', 'Obsolete line folding.'],
    ['cache-control', 'max-age=60, must-revalidate'],
    ['example-dict', 'a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['x-empty-header', ''],
    ['example-dict;sf', 'a=1, b=2;x=1;y=2, c=(a b c)'],
    ['example-dict;key="a"', '1'],
    ['example-dict;key="b"', '2;x=1;y=2'],
    ['example-dict;key="c"', '(a b c)'],
    ['example-header', 'value, with, lots, of, commas'],
    ['example-header;bs', ':dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:'],
    ['@method', 'POST'],
    ['@target-uri', 'https://www.example.com/path?param=value&foo=bar&baz=bat%2Dman'],
    ['@authority', 'www.example.com'],
    ['@scheme', 'https'],
    ['@request-target', '/path?param=value&foo=bar&baz=bat%2Dman'],
    ['@path', '/path'],
    ['@query', '?param=value&foo=bar&baz=bat%2Dman'],
    ['@query-param;name="baz"', 'bat-man'],
    ['@query-param;name="param"', 'value'],
  ])('%s is %s', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it.each([
    // §2.2.8, its second example.
    ['@query-param;name="var"', 'this%20is%20a%20big%0Amultiline%20value'],
    ['@query-param;name="bar"', 'with%20plus%20whitespace'],
    ['@query-param;name="fa%C3%A7ade%22%3A%20"', 'something'],
    ['@query-param;name="empty"', ''],
    ['@query-param;name="twice"', 'SIG_QUERY_PARAMETER'],
    ['@query-param;name="none"', 'SIG_COMPONENT_ABSENT'],
    ['@query-param;name="Var"', 'SIG_COMPONENT_ABSENT'],
    ['@query-param;name="marks"', '%21%27%28%29%7E*-._'],
  ])('%s of a form is %s', (text, expected) => {
    const query =
      "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&empty&twice=1&tw%69ce=2&marks=!'()~*-._"
    expect(value(text, { query })).toBe(expected)
  })

  it('the forms of a request without query, or without path', () => {
    expect(value('@query', { query: null })).toBe('?')
    expect(value('@query', { query: '' })).toBe('?')
    expect(value('@target-uri', { query: '' })).toBe('https://www.example.com/path?')
    expect(value('@target-uri', { query: null, path: '' })).toBe('https://www.example.com/')
    expect(value('@path', { path: '' })).toBe('/')
    expect(value('@request-target', { requestTarget: '*' })).toBe('*')
    expect(value('@request-target', { requestTarget: 'https://www.example.com/path' })).toBe(
      'https://www.example.com/path',
    )
    expect(value('@scheme', { origin: 'http://www.example.com' })).toBe('http')
  })

  it('trailers are apart from the head (§2.1.4), and unknown where they have not come', () => {
    expect(value('expires;tr')).toBe('SIG_TRAILERS')
    expect(value('expires;tr', { trailers: ['Expires', 'Wed, 9 Nov 2022 07:28:00 GMT'] })).toBe(
      'Wed, 9 Nov 2022 07:28:00 GMT',
    )
    expect(value('expires', { trailers: ['Expires', 'x'] })).toBe('SIG_COMPONENT_ABSENT')
    expect(value('date;tr', { trailers: [] })).toBe('SIG_COMPONENT_ABSENT')
  })

  it('@status is of a response, and req only in one (§2.2.9, §2.4)', () => {
    expect(value('@status', {}, {})).toBe('200')
    expect(value('@status')).toBe('SIG_COMPONENT')
    expect(value('@status;req', {}, {})).toBe('SIG_COMPONENT')
    expect(value('@method', {}, {})).toBe('SIG_COMPONENT')
    expect(value('@method;req', {}, {})).toBe('POST')
    expect(value('@method;req')).toBe('SIG_COMPONENT')
    expect(value('date;req', {}, {})).toBe('Tue, 20 Apr 2021 02:07:56 GMT')
    expect(value('date', {}, {})).toBe('SIG_COMPONENT_ABSENT')
  })

  it('what cannot stand in a base is refused, unless as bytes', () => {
    const odd = { fields: ['X-Odd', 'caf\u00e9', 'Example-Dict', 'a=1, a=2', 'Priority', 'u=('] }
    expect(value('x-odd', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('x-odd;bs', odd)).toBe(':Y2Fm6Q==:')
    expect(value('x-odd;sf', odd)).toBe('SIG_FIELD_TYPE')
    expect(value('x-odd;key="a"', odd)).toBe('SIG_FIELD_TYPE')
    expect(value('example-dict;key="a"', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('example-dict;sf', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('priority;sf', odd)).toBe('SIG_FIELD_VALUE')
    expect(value('x-odd', { fields: ['X-Odd', 'a\n"@method": GET'] })).toBe('SIG_FIELD_VALUE')
    for (const control of ['\0', '\x01', '\r', '\x1f', '\x7f'])
      expect(value('x-odd', { fields: ['X-Odd', `a${control}b`] }), control).toBe('SIG_FIELD_VALUE')
  })
})
