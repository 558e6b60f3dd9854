import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
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

  it('lets texts that end alike take turns, so that however many there are of them, a look costs no more', () => {
    const map = new TextMap<{ readonly of: string }>()
    const other = { of: 'another' }
    map.set('.another', other)
    for (let at = 0; at < 1_000; at++) map.set(`${at}.signature`, { of: `${at}` })
    expect(map.get('999.signature')).toEqual({ of: '999' })
    expect(map.get('998.signature')).toBeUndefined()
    expect(map.get('.signature')).toBeUndefined()
    expect(map.get('.another')).toBe(other)
  })

  it('forgets some of those that were chosen to crowd together, and no look is long', () => {
    const map = new TextMap<{ readonly of: string }>()
    const others = Array.from({ length: 2_000 }, aText)
    for (const text of others) map.set(text, { of: text })
    const crowd = crowded(1_000)
    for (const text of crowd) map.set(text, { of: text })
    expect(map.get(crowd.at(-1) as string)).toEqual({ of: crowd.at(-1) })
    expect(crowd.filter((text) => map.get(text) !== undefined).length).toBeLessThan(200)
    expect(others.filter((text) => map.get(text) !== undefined).length).toBeGreaterThan(1_900)
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
