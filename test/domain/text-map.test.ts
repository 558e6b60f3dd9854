import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { boundedMemo } from '../../src/domain/memo.ts'
import { TextMap } from '../../src/domain/text-map.ts'

const aText = () => randomBytes(32).toString('base64url')

describe('a map by texts', () => {
  it('finds each of many by its text, and no other', () => {
    const map = new TextMap<{ readonly of: string }>()
    const texts = Array.from({ length: 10_000 }, aText)
    for (const text of texts) map.set(text, { of: text })
    for (const text of texts) expect(map.get(text)).toEqual({ of: text })
    for (const other of Array.from({ length: 10_000 }, aText)) expect(map.get(other)).toBeUndefined()
  })

  it('gives what was set last', () => {
    const map = new TextMap<{ readonly at: number }>()
    const texts = Array.from({ length: 100 }, aText)
    for (let at = 0; at < 3; at++) for (const text of texts) map.set(text, { at })
    expect(texts.map((text) => map.get(text)?.at)).toEqual(texts.map(() => 2))
  })

  it('tells texts apart that end alike', () => {
    const map = new TextMap<{ readonly of: string }>()
    for (const of of ['a.signature', 'another.signature', 'a.signature']) map.set(of, { of })
    for (const of of ['a.signature', 'another.signature']) expect(map.get(of)).toEqual({ of })
    expect(map.get('.signature')).toBeUndefined()
  })

  it.each([
    ['end alike', Array.from({ length: 1_000 }, (_, at) => `${at}.signature`)],
    ['are of one place', crowded(1_000)],
  ])('takes some of those that %s, and keeps them and all others, so that no look is long', (_, crowd) => {
    const map = new TextMap<{ readonly of: string }>()
    const others = Array.from({ length: 2_000 }, aText)
    for (const of of [...others, ...crowd]) map.set(of, { of })
    expect(others.filter((text) => map.get(text)?.of !== text)).toEqual([])
    const taken = crowd.filter((text) => map.get(text) !== undefined)
    expect(taken).toEqual(crowd.slice(0, taken.length))
    expect(taken.length).toBeGreaterThan(0)
    expect(taken.length).toBeLessThan(200)
  })

  it('never gives but what was set last, whatever the ends', () => {
    const texts = ['', ...crowded(100), ...Array.from({ length: 100 }, aText)]
    for (let at = 0; at < 100; at++) texts.push(`${at}.end`, `${at}`.padStart(1_000, '.'))
    const map = new TextMap<{ readonly at: number }>()
    const last = new Map<string, { readonly at: number }>()
    for (let at = 0; at < 5_000; at++) {
      const text = texts[(at * 7_919) % texts.length] as string
      const value = { at }
      map.set(text, value)
      last.set(text, value)
      const asked = texts[(at * 104_729) % texts.length] as string
      expect([undefined, last.get(asked)]).toContain(map.get(asked))
    }
  })

  it('has a memo forget nothing for those that it does not take, nor for two that end alike', () => {
    const memo = boundedMemo<string, object>(300, { generation: () => new TextMap() })
    const others = Array.from({ length: 100 }, aText)
    for (const text of others) memo.set(text, {})
    for (const crowd of [['a.signature', 'another.signature'], crowded(100)]) {
      for (let time = 0; time < 1_000; time++) {
        for (const text of crowd) if (memo.get(text) === undefined) memo.set(text, {})
      }
    }
    expect(others.filter((text) => memo.get(text) === undefined)).toEqual([])
  })

  it.each([
    ['\u0141.signature', 'A.signature'],
    ['\ud800.signature', '\0.signature'],
    ['\u{1f600}.signature', '=\0.signature'],
  ])('takes no text that is not latin1, which would stand there as another: %j', (text, other) => {
    const map = new TextMap<object>()
    for (let time = 0; time < 100; time++) map.set(text, {})
    expect([map.get(text), map.get(other)]).toEqual([undefined, undefined])
  })

  it.each(['', 'a', '12345678', '123456789', 'é'])('takes %j as well', (text) => {
    const map = new TextMap<object>()
    const value = {}
    map.set(text, value)
    expect(map.get(text)).toBe(value)
    expect(map.get(`${text}b`)).toBeUndefined()
    expect(map.get(`b${text}`)).toBeUndefined()
  })
})

/** Texts whose ends, each times the map's factor, are consecutive numbers: as the map spreads them, all are of one place. */
function crowded(count: number): string[] {
  let inverse = 1
  for (let bits = 1; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(0x9e3779b1, inverse))
  return Array.from({ length: count }, (_, at) => {
    let end = Math.imul(at, inverse) >>> 0
    let text = '.'
    for (let digit = 0; digit < 8; digit++) {
      text = String.fromCharCode(33 + (end % 67)) + text
      end = Math.floor(end / 67)
    }
    return text
  })
}
