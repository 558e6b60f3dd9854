import { describe, expect, it } from 'vitest'
import { readKeptRevocation, readRevocation } from '../../src/admin/revocation-request.ts'
import { NOW } from '../support/clock.ts'

const BANK = 'https://as.bank.example'
const LIFETIMES = new Map([
  [BANK, 600],
  ['https://other.example', 3600],
])
const HASH = `${'a'.repeat(42)}A`

function read(body: object | string, lifetimes: ReadonlyMap<string, number | null> = LIFETIMES) {
  return readRevocation(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), lifetimes, NOW)
}

describe('readRevocation', () => {
  it('takes one token for all time, and of a group those that are there already', () => {
    expect(read({ issuer: BANK, jti: 'j' })).toEqual({
      by: 'jti',
      issuer: BANK,
      value: 'j',
      issuedBefore: null,
      until: NOW + 660,
    })
    expect(read({ issuer: BANK, sub: 's' })).toMatchObject({ by: 'sub', issuedBefore: NOW, until: NOW + 660 })
    const given = { issuer: BANK, client_id: 'c', issued_before: NOW - 5, until: NOW + 9 }
    expect(read(given)).toMatchObject({ by: 'client_id', issuedBefore: NOW - 5, until: NOW + 9 })
  })

  it('keeps an entry as long as any token of its issuer lives; thirty days where that has no bound', () => {
    expect(read({ token_hash: HASH })).toMatchObject({ issuer: null, until: NOW + 3660 })
    const unbounded = new Map([[BANK, null]])
    expect(read({ token_hash: HASH }, unbounded)).toMatchObject({ until: NOW + 30 * 86_400 + 60 })
    expect(read({ issuer: BANK, jti: 'j' }, unbounded)).toMatchObject({ until: NOW + 30 * 86_400 + 60 })
    const free = ['https://free.example', null] as const
    for (const lifetimes of [
      [free, ...LIFETIMES],
      [...LIFETIMES, free],
    ])
      expect(read({ token_hash: HASH }, new Map(lifetimes))).toMatchObject({ until: NOW + 30 * 86_400 + 60 })
    // Those that are issued until then live as long as others.
    const ahead = { issuer: BANK, sub: 's', issued_before: NOW + 60 }
    expect(read(ahead)).toMatchObject({ issuedBefore: NOW + 60, until: NOW + 720 })
    expect(read({ ...ahead, issued_before: NOW - 60 })).toMatchObject({ until: NOW + 660 })
  })

  it.each<[string, object | string]>([
    ['not a JSON object', 'jti=j'],
    ['not a JSON object', '[]'],
    ['twice', `{"issuer":"${BANK}","jti":"a","jti":"b"}`],
    ['exactly one of', {}],
    ['exactly one of', { issuer: BANK, jti: 'j', sub: 's' }],
    ['"iss" has no place', { issuer: BANK, iss: BANK, jti: 'j' }],
    ['"issuer" has no place beside token_hash', { issuer: BANK, token_hash: HASH }],
    ['"issued_before" has no place beside jti', { issuer: BANK, jti: 'j', issued_before: NOW }],
    ['43 characters', { token_hash: 'short' }],
    ['jti must be', { issuer: BANK, jti: '' }],
    ['sub must be', { issuer: BANK, sub: 7 }],
    ['client_id must be', { issuer: BANK, client_id: 'c'.repeat(1025) }],
    [`issuer is missing; it is one of ${BANK}`, { jti: 'j' }],
    ['issuer must be one of', { issuer: `${BANK}/`, jti: 'j' }],
    ['issued_before must be', { issuer: BANK, sub: 's', issued_before: NOW + 61 }],
    ['issued_before must be', { issuer: BANK, sub: 's', issued_before: '2026' }],
    ['until must be', { issuer: BANK, jti: 'j', until: NOW }],
    ['until must be', { issuer: BANK, jti: 'j', until: 1e12 }],
  ])('says "%s" of %j', (says, body) => {
    expect((read(body) as readonly string[]).join('\n')).toContain(says)
  })
})

describe('readKeptRevocation', () => {
  const kept = (entry: unknown) => readKeptRevocation(entry, LIFETIMES, NOW)
  const forEver = Number.MAX_SAFE_INTEGER

  it('takes an entry for as long as it stands in its file, or until it says, be that over', () => {
    expect(kept({ token_hash: HASH })).toEqual({
      by: 'token_hash',
      issuer: null,
      value: HASH,
      issuedBefore: null,
      until: forEver,
    })
    expect(kept({ issuer: BANK, jti: 'j', until: 1 })).toMatchObject({ by: 'jti', until: 1 })
    expect(kept({ issuer: BANK, sub: 's', issued_before: 7 })).toMatchObject({
      issuedBefore: 7,
      until: forEver,
    })
  })

  it.each([
    ['it is not an object', 'x'],
    ['issued_before is missing', { issuer: BANK, client_id: 'c' }],
    ['until must be whole Unix seconds', { issuer: BANK, jti: 'j', until: 'never' }],
    ['exactly one of', { issuer: BANK }],
    ['issuer must be one of', { issuer: 'https://typo.example', jti: 'j' }],
  ])('says "%s" of %j', (says, entry) => {
    expect((kept(entry) as readonly string[]).join()).toContain(says)
  })
})
