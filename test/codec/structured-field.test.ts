import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type BareItem,
  type Item,
  type Member,
  type Parameters,
  parseDictionary,
  parseItem,
  parseList,
} from '../../src/codec/structured-field.ts'
import { serialiseDictionary, serialiseItem, serialiseList } from '../../src/codec/structured-field-text.ts'

/** A record of httpwg's tests; its README says how. */
interface Test {
  readonly name: string
  readonly raw?: readonly string[]
  readonly header_type: 'item' | 'list' | 'dictionary'
  readonly expected?: Json
  readonly must_fail?: boolean
  readonly canonical?: readonly string[]
}
type Json = unknown

const FOLDER = new URL('../vectors/structured-field-tests/', import.meta.url)
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const serialisationFiles = readdirSync(new URL('serialisation-tests/', FOLDER)).filter((name) =>
  name.endsWith('.json'),
)

describe('the tests of httpwg (RFC 9651)', () => {
  it.each(files)('%s parses, and serialises again, as it says', (file) => {
    for (const test of read(file)) {
      const parsed = parse(test.header_type, (test.raw as string[]).join(', '))
      if (test.must_fail === true) expect(parsed, test.name).toBeUndefined()
      else {
        expect(parsed === undefined ? undefined : asJson(parsed), test.name).toEqual(test.expected)
        const canonical = (test.canonical ?? test.raw ?? []).join(', ')
        expect(serialise(test.header_type, parsed), test.name).toBe(canonical)
      }
    }
  })

  it.each(serialisationFiles)('serialisation-tests/%s serialises, or cannot be', (file) => {
    for (const test of read(`serialisation-tests/${file}`)) {
      const text = serialise(test.header_type, fromJson(test.header_type, test.expected))
      if (test.must_fail === true) expect(text, test.name).toBeUndefined()
      else expect(text, test.name).toBe((test.canonical ?? []).join(', '))
    }
  })

  it('are all there', () => {
    const all = [...files, ...serialisationFiles.map((name) => `serialisation-tests/${name}`)]
    expect(all.flatMap(read)).toHaveLength(COUNT)
  })
})

describe('what the tests of httpwg leave open', () => {
  it.each([
    ['a=1, b=2, a=3', 'a'],
    ['a;p=1;q;p=2', 'p'],
    ['a=1, b=1, a=2, b=2', 'a'],
    ['sig=("@method";req;req)', 'req'],
    ['a;p, b;p', null],
    ['a=("x";p "y";p);p', null],
  ])('%s repeats %s', (text, key) => {
    expect(parseDictionary(text)?.repeated).toBe(key)
  })

  it('base64 without its padding or with stray bits is borne (§4.2.7), and written as it should be', () => {
    for (const text of [':aGVsbG8:', ':aGVsbG9=:'])
      expect(serialiseItem(parseItem(text) as Item)).toBe(':aGVsbG8=:')
    for (const text of [
      ':aGVsbG8==:',
      ':a:',
      ':aGVs=:',
      ':aG=:',
      ':a===:',
      ':aGVs====:',
      ':aG=Vs:',
      ':aGVs',
      ':_-8=:',
    ])
      expect(parseItem(text), text).toBeUndefined()
  })

  it('a number that is too long is not the token behind its digits', () => {
    expect(parseItem('1234567890123456a')).toBeUndefined()
    expect(parseItem('1.2345a')).toBeUndefined()
  })

  it.each(['-123456789012345', '-123456789012.5'])(
    'the sign of %s is none of its digits (§3.3.1, §3.3.2)',
    (text) => {
      expect(serialiseItem(parseItem(text) as Item)).toBe(text)
    },
  )

  it.each(['a=(@ )', 'a=(@)', 'a=("b" @)', 'a=();', 'a=("b");='])('%s is no inner list', (text) => {
    expect(parseDictionary(text)).toBeUndefined()
  })

  it.each(['a;b=', 'a;b=, c', '%"%a"', '%"%a-"', '%"%"'])('%s is neither an item nor a list', (text) => {
    expect(parseItem(text)).toBeUndefined()
    expect(parseList(text)).toBeUndefined()
  })

  it('an empty display string is one (§3.3.8)', () => {
    expect(serialiseItem(parseItem('%""') as Item)).toBe('%""')
  })

  it('takes time in proportion to its length', () => {
    const unit = 200_000
    for (const text of [
      '('.repeat(unit),
      `"${'\\"'.repeat(unit)}`,
      `:${'A'.repeat(unit)}`,
      'a;'.repeat(unit),
      `a=(${'b '.repeat(unit)}`,
      `%"${'%41'.repeat(unit)}`,
      '1'.repeat(unit),
      `a${' '.repeat(unit)}b`,
      'a=1,'.repeat(unit),
    ]) {
      // CPU time, since the machine may be busy with something else.
      const began = process.threadCpuUsage()
      expect(parseDictionary(text)).toBeUndefined()
      parseItem(text)
      parseList(text)
      expect(process.threadCpuUsage(began).user, text.slice(0, 10)).toBeLessThan(2_000_000)
    }
  })
})

function read(file: string): readonly Test[] {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'), keepDecimals) as readonly Test[]
}

/** JSON has one kind of number; the tests mean 1 and 1.0 to be two things. */
function keepDecimals(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== 'number') return value
  return /[.e]/.test(context?.source ?? '') ? { __type: 'decimal', value } : value
}

type Parsed = Item | readonly Member[] | ReadonlyMap<string, Member>

function parse(type: Test['header_type'], text: string): Parsed | undefined {
  if (type === 'item') return parseItem(text)
  return type === 'list' ? parseList(text) : parseDictionary(text)?.members
}

function serialise(type: Test['header_type'], value: Parsed | undefined): string | undefined {
  if (value === undefined) return undefined
  if (type === 'item') return serialiseItem(value as Item)
  return type === 'list'
    ? serialiseList(value as readonly Member[])
    : serialiseDictionary(value as ReadonlyMap<string, Member>)
}

function asJson(value: Parsed): Json {
  if (value instanceof Map) return [...value].map(([key, member]) => [key, memberAsJson(member)])
  return Array.isArray(value) ? value.map(memberAsJson) : memberAsJson(value as Item)
}

function memberAsJson(member: Member): Json {
  const parameters = [...member.parameters].map(([key, bare]) => [key, bareAsJson(bare)])
  return [member.kind === 'item' ? bareAsJson(member.bare) : member.items.map(memberAsJson), parameters]
}

function bareAsJson(bare: BareItem): Json {
  if (bare.type === 'integer' || bare.type === 'string' || bare.type === 'boolean') return bare.value
  if (bare.type === 'decimal') return { __type: 'decimal', value: bare.value }
  const __type = bare.type === 'display-string' ? 'displaystring' : bare.type
  return { __type, value: bare.type === 'binary' ? base32(bare.value) : bare.value }
}

function fromJson(type: Test['header_type'], json: Json): Parsed {
  if (type === 'dictionary')
    return new Map((json as [string, Json][]).map(([key, member]) => [key, memberFromJson(member)]))
  return type === 'list' ? (json as Json[]).map(memberFromJson) : (memberFromJson(json) as Item)
}

function memberFromJson(json: Json): Member {
  const [value, parameters] = json as [Json, [string, Json][]]
  const read: Parameters = new Map(parameters.map(([key, bare]) => [key, bareFromJson(bare)]))
  return Array.isArray(value)
    ? { kind: 'inner-list', items: value.map(memberFromJson) as Item[], parameters: read }
    : { kind: 'item', bare: bareFromJson(value), parameters: read }
}

function bareFromJson(json: Json): BareItem {
  if (typeof json === 'number') return { type: 'integer', value: json }
  if (typeof json === 'string') return { type: 'string', value: json }
  if (typeof json === 'boolean') return { type: 'boolean', value: json }
  return { type: (json as { __type: string }).__type, value: (json as { value: unknown }).value } as BareItem
}

function base32(octets: Buffer): string {
  let bits = ''
  for (const octet of octets) bits += octet.toString(2).padStart(8, '0')
  const digits = bits.match(/.{1,5}/g) ?? []
  const text = digits.map((each) => BASE32[Number.parseInt(each.padEnd(5, '0'), 2)]).join('')
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=')
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const COUNT = 2135
