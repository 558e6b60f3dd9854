import { describe, expect, it } from 'vitest'
import {
  isOptionalText,
  isStrings,
  isText,
  JsonNumber,
  nestsTooDeep,
  parseExactJsonObject,
  parseJsonObject,
  repeatsMembers,
} from '../../src/codec/json.ts'

const parse = (text: string) => parseJsonObject(Buffer.from(text))

describe('parseJsonObject', () => {
  it.each([
    ['an empty object', '{}'],
    ['colons and quotes inside texts', '{"a":"b:c\\":{","d:":[":"]}'],
    ['one name in two objects', '{"a":{"b":1},"c":{"b":2}}'],
    ['objects in arrays', '{"a":[{"b":1},{"b":2},[{"b":3}]]}'],
    ['a member called __proto__', '{"__proto__":{"b":1},"b":2}'],
    ['many objects and arrays side by side', `{"a":[${'{},[],'.repeat(40)}0]}`],
    ['white space all around', ' {\n"a" : 1 }\t'],
  ])('reads %s', (_, text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['twice at the top', '{"alg":"none","alg":"ES256"}'],
    ['twice with one value', '{"a":1,"a":1}'],
    ['twice in two spellings', '{"alg":"none","\\u0061lg":"ES256"}'],
    ['twice further in', '{"cnf":{"jkt":"x","jkt":"y"}}'],
    ['twice in an object that is itself replaced', '{"a":{"b":1},"a":{"b":1,"c":2}}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
  ])('refuses a member named %s (RFC 7515 §4)', (_, text) => {
    expect(parse(text)).toBeUndefined()
  })

  it.each([
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"a"'],
    ['nothing', ''],
    ['half an object', '{"a":'],
    ['a comma too many', '{"a":1,}'],
    ['something after the object', '{}{}'],
    ['an unfinished text', '{"a":"'],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toBeUndefined()
  })

  it('refuses what is not UTF-8 (RFC 8725 §3.7)', () => {
    expect(parseJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined()
  })

  it('reads 32 levels and refuses 33', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
    expect(parse(nested(32))).toBeDefined()
    expect(parse(nested(33))).toBeUndefined()
    expect(parse(nested(33).replaceAll(':', ': '))).toBeUndefined()
    expect(parse(nested(20_000))).toBeUndefined()
  })
})

describe('parseExactJsonObject', () => {
  it('keeps numbers as they were written, however deep', () => {
    const found = parseExactJsonObject(
      Buffer.from('{"a":1.10,"b":[9007199254740993],"c":{"d":1E+2},"e":"1","f":true}'),
    )
    const numbers: string[] = []
    JSON.stringify(found, (_, each) => {
      if (each instanceof JsonNumber) numbers.push(each.written)
      return each
    })
    expect(numbers).toEqual(['1.10', '9007199254740993', '1E+2'])
    expect(found).toMatchObject({ e: '1', f: true })
  })

  it.each(['{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '[1]', '{"a":01}', '', '\ufeff{}', 'null', '{"a":1}x'])(
    'refuses %j, as the other does',
    (text) => {
      expect(parseExactJsonObject(Buffer.from(text))).toBeUndefined()
    },
  )
})

it('tells where a text names a member twice, in a list as well', () => {
  for (const [text, twice] of [
    ['[{"a":1},{"a":2}]', false],
    ['[{"a":1,"a":2}]', true],
    ['{"a":{"b":1,"\\u0062":2}}', true],
    ['"a"', false],
    [`${'['.repeat(33)}${']'.repeat(33)}`, true],
  ] as const)
    expect(repeatsMembers(text, JSON.parse(text))).toBe(twice)
})

it('tells where a text nests deeper than 32', () => {
  for (const [depth, isTooDeep] of [
    [32, false],
    [33, true],
    [100_000, true],
  ] as const)
    expect(nestsTooDeep(`${'['.repeat(depth)}"["${']'.repeat(depth)}`)).toBe(isTooDeep)
})

it('tells a text that says something, one that may be absent, and a list of texts', () => {
  const values = ['a', '', undefined, null, 1, [], ['a', ''], ['a', 1], [1, 'a'], { every: 'a' }]
  expect(values.filter(isText)).toEqual(['a'])
  expect(values.filter(isOptionalText)).toEqual(['a', undefined])
  expect(values.filter(isStrings)).toEqual([[], ['a', '']])
})
