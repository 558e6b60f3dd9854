import { describe, expect, it } from 'vitest'
import { isDenial } from '../../../src/domain/denial.ts'
import { parseComponent } from '../../../src/verify/message-signature/component.ts'
import { componentValue } from '../../../src/verify/message-signature/component-value.ts'
import { fieldTypes } from '../../../src/verify/message-signature/field-types.ts'
import type { SignedMessage } from '../../../src/verify/message-signature/message.ts'
import { ParsedParts } from '../../../src/verify/message-signature/parsed-parts.ts'
import { aRequest } from '../../support/request.ts'

function valueIn(message: SignedMessage, text: string, parsed = new ParsedParts()): string {
  const found = componentValue(parseComponent(text)!, message, fieldTypes, parsed)
  return isDenial(found) ? found.code : found
}

const ofField = (name: string, value: string, component: string) =>
  valueIn({ request: aRequest({ fields: [name, value] }), response: null }, component)
const ofQuery = (query: string | null, name: string) =>
  valueIn({ request: aRequest({ query }), response: null }, `@query-param;name="${name}"`)

describe('the value of a field (RFC 9421 §2.1)', () => {
  it.each([
    ['tabs around it', '\t a\t', 'a'],
    ['a tab within', 'a\tb', 'a\tb'],
    ['nothing but white space', ' \t ', ''],
    ['folds of every form', 'a\r\n b\n\tc\r\n \t d', 'a b c d'],
    ['a line break that is no fold', 'a\r\nb', 'SIG_FIELD_VALUE'],
    ['a line break at its end', 'a\r\n', 'SIG_FIELD_VALUE'],
  ])('%s', (_, value, expected) => {
    expect(ofField('X-Odd', value, 'x-odd')).toBe(expected)
  })

  it('is never that of a field whose value is its name', () => {
    const request = aRequest({ fields: ['Vary', 'date', 'Date', 'today'] })
    expect(valueIn({ request, response: null }, 'date')).toBe('today')
  })
})

describe('a structured field serialised again (RFC 9421 §2.1.1)', () => {
  it.each([
    ['Accept-CH', ' a,"b";  c=1.00,  ( d   e )', 'accept-ch;sf', 'a, "b";c=1.0, (d e)'],
    ['Accept-CH', 'a,', 'accept-ch;sf', 'SIG_FIELD_VALUE'],
    ['Idempotency-Key', '  "k" ;  a=?1', 'idempotency-key;sf', 'SIG_FIELD_VALUE'],
    ['Idempotency-Key', '  "k";  a=?1', 'idempotency-key;sf', '"k";a'],
    // Who reads the first of two by one name would read what anybody has put before the one that is signed.
    ['Idempotency-Key', '"k";a=9;a=1', 'idempotency-key;sf', 'SIG_FIELD_VALUE'],
    ['Accept-CH', 'a, b;c=9;c=1', 'accept-ch;sf', 'SIG_FIELD_VALUE'],
    ['Accept-CH', '(a;c=9;c=1 b)', 'accept-ch;sf', 'SIG_FIELD_VALUE'],
    ['Accept-CH', 'a;c=1, b;c=1, (a;c=1);c=1', 'accept-ch;sf', 'a;c=1, b;c=1, (a;c=1);c=1'],
    ['Priority', 'u=9, u=1', 'priority;sf', 'SIG_FIELD_VALUE'],
    ['Priority', 'u=1, i;a=9;a=1', 'priority;key="u"', 'SIG_FIELD_VALUE'],
    ['Priority', 'u=(', 'priority;key="u"', 'SIG_FIELD_VALUE'],
    ['Priority', 'u=1', 'priority;key="i"', 'SIG_COMPONENT_ABSENT'],
  ])('%s: %s as %s is %s', (name, value, component, expected) => {
    expect(ofField(name, value, component)).toBe(expected)
  })

  it.each([
    // Each value can be read as nothing but its type.
    ['dictionary', 'a=1', 'accept-signature cdn-cache-control content-digest priority repr-digest signature'],
    ['dictionary', 'a=1', 'signature-agent signature-input use-as-dictionary want-content-digest'],
    ['dictionary', 'a=1', 'want-repr-digest'],
    ['list', '1, 2', 'accept-ch accept-query cache-group-invalidation cache-groups cache-status'],
    ['list', '1, 2', 'client-cert-chain proxy-status ratelimit ratelimit-policy'],
    ['item', '1', 'capsule-protocol client-cert cross-origin-embedder-policy deprecation idempotency-key'],
    ['item', '1', 'cross-origin-embedder-policy-report-only cross-origin-opener-policy incremental'],
    ['item', '1', 'cross-origin-opener-policy-report-only origin-agent-cluster'],
  ])('as a %s, such as %s, is read of each of %s', (type, value, names) => {
    for (const name of names.split(' ')) {
      expect([name, ofField(name, value, `${name};sf`)]).toEqual([name, value])
      // A list of one is written as an item is.
      if (type === 'item') expect(ofField(name, '1, 2', `${name};sf`)).toBe('SIG_FIELD_VALUE')
    }
  })

  it('of a request, of its answer and of the trailers, each is its own', () => {
    const priority = (urgency: number) => ['Priority', `u=${urgency}`]
    const message = {
      request: { ...aRequest({ fields: priority(1) }), trailers: priority(2) },
      response: { status: 200, fields: priority(3), trailers: priority(4) },
    }
    const parsed = new ParsedParts()
    const values = ['', ';tr', ';req', ';req;tr'].map((more) =>
      valueIn(message, `priority;key="u"${more}`, parsed),
    )
    expect(values).toEqual(['3', '4', '1', '2'])
  })
})

describe('a parameter of the query (RFC 9421 §2.2.8)', () => {
  it('of a request without a query there is none', () => {
    expect(ofQuery(null, 'a')).toBe('SIG_COMPONENT_ABSENT')
  })

  it.each([
    ['encoded without need', 'p%61ram'],
    ['in lower case', 'a%2fb'],
    ['not encoded', 'a/b'],
    ['a space not encoded', 'a b'],
    ['a space as a plus', 'a+b'],
    ['a plus', '+'],
    ['no UTF-8', '%FF'],
    ['a stray percent sign', '%'],
  ])('a name that is written in any other way than ours names nothing: %s', (_, name) => {
    expect(ofQuery('param=1&a%2Fb=2&a%20b=3&%2B=4&%FF=5&%25=6', name)).toBe('SIG_COMPONENT_ABSENT')
  })

  it.each([
    ['param', '1'],
    ['a%2Fb', '2'],
    ['a%20b', '3'],
    ['%2B', '4'],
    ['%25', '6'],
  ])('written as ours it names the one: %s', (name, value) => {
    expect(ofQuery('param=1&a%2Fb=2&a%20b=3&%2B=4&%FF=5&%25=6', name)).toBe(value)
  })
})

it('of a request that is not known a response has no component (RFC 9421 §2.4)', () => {
  const message = { request: null, response: { status: 200, fields: ['Date', 'today'] } }
  expect(valueIn(message, '@method;req')).toBe('SIG_COMPONENT_ABSENT')
  expect(valueIn(message, 'date;req')).toBe('SIG_COMPONENT_ABSENT')
  expect(valueIn(message, 'date')).toBe('today')
})
