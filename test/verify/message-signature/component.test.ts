import { describe, expect, it } from 'vitest'
import { parseComponent } from '../../../src/verify/message-signature/component.ts'
import { altered, verdict } from './verify-world.ts'

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

describe('component identifiers (RFC 9421 §2): what is none', () => {
  const put = (component: string) =>
    altered('signature-input', (text) => text.replace(/\)/, ` ${component})`))
  it.each([
    ['a token', 'date'],
    ['a number', '1'],
    ['upper case', '"Date"'],
    ['an unknown derived component', '"@foo"'],
    ['@signature-params', '"@signature-params"'],
    ['@status', '"@status"'],
    ['an unknown parameter', '"date";foo'],
    ['sf false', '"date";sf=?0'],
    ['sf with a value', '"date";sf="x"'],
    ['bs on a derived component', '"@path";bs'],
    ['bs with sf', '"date";bs;sf'],
    ['bs with key', '"date";bs;key="a"'],
    ['key that is a token', '"date";key=a'],
    ['req in a request', '"date";req'],
    ['@method of a request', '"@authority";req'],
    ['sf on a derived component', '"@path";sf'],
    ['tr on a derived component', '"@path";tr'],
    ['key on a derived component', '"@path";key="a"'],
    ['@query-param without name', '"@query-param"'],
    ['@query-param by another parameter', '"@query-param";foo="a"'],
    ['a name that is a token', '"@query-param";name=a'],
    ['name on another', '"@query";name="a"'],
    ['name on a field', '"date";name="a"'],
    ['an empty name', '""'],
    ['a name with a space', '"da te"'],
    ['a name with a colon', '":path"'],
  ])('a component that is none: %s', (_, component) => {
    expect(verdict(put(component))).toBe('SIG_COMPONENT')
  })

  it.each([
    ['a parameter twice', '"date";bs;bs', 'SIG_PARAMETER'],
    ['a query parameter twice', '"@query-param";name="a" "@query-param";name="a"', 'SIG_COMPONENT_REPEATED'],
    ['in another order twice', '"date";tr;bs "date";bs;tr', 'SIG_COMPONENT_REPEATED'],
    ['a field that is not there', '"accept"', 'SIG_COMPONENT_ABSENT'],
    ['a trailer', '"date";tr', 'SIG_TRAILERS'],
    ['sf on a field of unknown type', '"date";sf', 'SIG_FIELD_TYPE'],
    ['an inner list', '("date")', 'SIG_INPUT_MALFORMED'],
  ])('%s: %s is %s', (_, component, code) => {
    expect(verdict(put(component))).toBe(code)
  })

  it('no more than fifty', () => {
    const many = Array.from({ length: 51 }, (_, at) => `"x-${at}"`).join(' ')
    expect(verdict(put(many))).toBe('SIG_TOO_MANY')
  })
})
