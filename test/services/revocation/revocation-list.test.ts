import { describe, expect, it } from 'vitest'
import { type Revocation, RevocationList } from '../../../src/services/revocation/revocation-list.ts'
import { NOW } from '../../support/clock.ts'

const TOKEN = {
  hash: 'h',
  issuer: 'https://as.bank.example',
  jti: 'j',
  subject: 's',
  clientId: 'c',
  claims: { iat: NOW - 10 },
}

function anEntry(changes: Partial<Revocation>): Revocation {
  return { by: 'jti', issuer: TOKEN.issuer, value: 'j', issuedBefore: null, until: NOW + 600, ...changes }
}

function hits(
  entry: Revocation,
  token: Partial<typeof TOKEN> | { jti: null } = {},
  now = NOW,
): string | null {
  let by: string | null = null
  const list = new RevocationList(10, (kind) => {
    by = kind
  })
  list.add(entry, NOW)
  expect(list.hits({ ...TOKEN, ...token }, now)).toBe(by !== null)
  return by
}

describe('a revocation list', () => {
  it('hits by hash, jti, sub and client_id, and says by which', () => {
    expect(hits(anEntry({ by: 'token_hash', issuer: null, value: 'h' }))).toBe('token_hash')
    expect(hits(anEntry({}))).toBe('jti')
    expect(hits(anEntry({ by: 'sub', value: 's' }))).toBe('sub')
    expect(hits(anEntry({ by: 'client_id', value: 'c' }))).toBe('client_id')
  })

  it('hits no other token, and none of another issuer or kind', () => {
    expect(hits(anEntry({ value: 'k' }))).toBeNull()
    expect(hits(anEntry({ issuer: 'https://other.example' }))).toBeNull()
    expect(hits(anEntry({ by: 'sub' }))).toBeNull()
    expect(hits(anEntry({}), { jti: null })).toBeNull()
    expect(hits(anEntry({ value: 'null' }), { jti: null })).toBeNull()
  })

  it('leaves tokens alone that were issued after the moment, and hits those of that second or of no known time', () => {
    const entry = anEntry({ by: 'sub', value: 's', issuedBefore: NOW })
    expect(hits(entry, { claims: { iat: NOW + 1 } })).toBeNull()
    for (const part of [0, 0.5]) expect(hits(entry, { claims: { iat: NOW + part } })).toBe('sub')
    // Nor is a text taken for a time.
    expect(hits(entry, { claims: { iat: `${NOW + 1}` as never } })).toBe('sub')
    expect(hits(entry, { claims: {} as never })).toBe('sub')
  })

  it('ends with the last token that it can hit', () => {
    expect(hits(anEntry({}), {}, NOW + 600)).toBeNull()
    const list = new RevocationList(1, () => {})
    list.add(anEntry({}), NOW)
    expect(list.entries(NOW + 599)).toHaveLength(1)
    expect(list.entries(NOW + 600)).toEqual([])
  })

  it('counts again where the clock was ahead for a while', () => {
    const list = new RevocationList(3, () => {})
    list.add(anEntry({}), NOW)
    list.add(anEntry({ value: 'k' }), NOW + 3600)
    list.hold([anEntry({ value: 'l' })], NOW + 3600)
    expect(list.entries(NOW + 3600)).toEqual([])
    expect([list.hits(TOKEN, NOW), list.entries(NOW).length]).toEqual([true, 3])
  })

  it('is widened, never narrowed, by a second entry', () => {
    const list = new RevocationList(1, () => {})
    const entry = anEntry({ by: 'sub', value: 's', issuedBefore: NOW })
    list.add(entry, NOW)
    expect(list.add({ ...entry, issuedBefore: NOW - 60, until: NOW + 60 }, NOW)).toEqual(entry)
    expect(list.add({ ...entry, issuedBefore: NOW + 60, until: NOW + 900 }, NOW)).toMatchObject({
      issuedBefore: NOW + 60,
      until: NOW + 900,
    })
  })

  it('that means every token is not narrowed by one that means those of a time, nor where the clock was ahead', () => {
    const list = new RevocationList(2, () => {})
    const every = anEntry({ by: 'sub', value: 's' })
    list.add(every, NOW)
    list.add(anEntry({ until: NOW + 60 }), NOW)
    for (const until of [NOW + 60, NOW + 900])
      expect(list.add({ ...every, issuedBefore: NOW, until }, NOW + 60)?.issuedBefore).toBeNull()
    // It was there already and needs no room, so nothing whose time is over had to go.
    expect(list.size).toBe(2)
  })

  it('says when it is full, and makes no room before time', () => {
    const list = new RevocationList(1, () => {})
    list.add(anEntry({}), NOW)
    expect(list.add(anEntry({ value: 'k' }), NOW)).toBeUndefined()
    expect(list.hits(TOKEN, NOW)).toBe(true)
    expect(list.add(anEntry({ value: 'k' }), NOW + 600)).toBeDefined()
  })

  it('holds what was decided elsewhere, in place of what was there, and though it is full', () => {
    const list = new RevocationList(1, () => {})
    const entry = anEntry({ by: 'sub', value: 's', issuedBefore: NOW })
    list.add(entry, NOW)
    const narrower = { ...entry, issuedBefore: NOW - 60 }
    list.hold([narrower, anEntry({}), anEntry({ value: 'k', until: NOW })], NOW)
    expect([list.entries(NOW), list.size]).toEqual([[anEntry({}), narrower], 2])
  })

  it('holds a hundred thousand in no time', () => {
    const list = new RevocationList(1, () => {})
    const began = process.threadCpuUsage()
    for (let page = 0; page < 200; page++)
      list.hold(
        Array.from({ length: 500 }, (_, at) => anEntry({ value: `${page}.${at}` })),
        NOW,
      )
    // It went through all for each once, and a thread that began anew was stuck for a minute and a half.
    expect(process.threadCpuUsage(began).user).toBeLessThan(10_000_000)
    expect(list.size).toBe(100_000)
  })
})
