import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/codec/json.ts'
import { Need } from '../../../src/domain/need.ts'
import type { SaidOfConsent } from '../../../src/domain/ports.ts'
import { acceptIntrospection } from '../../../src/verify/access-token/accept-introspection.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import {
  type ConsentDemand,
  checkConsent,
  type FetchedConsent,
} from '../../../src/verify/authority/consent.ts'
import { type ConsentPlace, readConsentId } from '../../../src/verify/authority/consent-id.ts'
import { NOW } from '../../support/clock.ts'
import { AUDIENCE, aToken, aTrust, aVerifiedToken, presented } from '../../support/token.ts'

const GOOD = {
  status: 'AUTHORISED',
  client_id: 'tpp-1',
  permissions: ['read', 'write'],
  expires_at: NOW + 60,
}
const BY_CLAIM: ConsentPlace = { in: 'claim', pointer: ['consent_id'] }
const BY_FIELD: ConsentPlace = { in: 'field', name: 'consent-id' }
const TOKEN = tokenWith({ consent_id: 'c-1' })
const NAMING = { token: TOKEN, fields: [] }

/** Of 1 August 2026, Unix seconds. */
const LAST_SECOND = Date.UTC(2026, 7, 2) / 1000 - 1

function tokenWith(claims: object) {
  return aVerifiedToken(aToken({ claims: { ...claims } }))
}

function demand(said: SaidOfConsent | undefined, changes: Partial<ConsentDemand> = {}): ConsentDemand {
  return {
    service: 'bank',
    places: [BY_CLAIM],
    source: { recall: () => said, ask: async () => said },
    members: {
      state: ['status'],
      clientId: ['client_id'],
      permissions: ['permissions'],
      expiresAt: ['expires_at'],
      subject: null,
    },
    states: new Set(['AUTHORISED']),
    permissions: ['read'],
    permissionsAny: null,
    ...changes,
  }
}

function judged(
  consent: JsonObject | 'unknown',
  changes: Partial<ConsentDemand> = {},
  token = TOKEN,
  now = NOW,
) {
  const objection = checkConsent({ token, fields: [] }, demand(consent, changes), { consent: null }, now)
  if (objection instanceof Need) return 'need'
  return objection?.denial.code
}

describe('a consent', () => {
  it('in force, of this client and with what is demanded, passes', () => {
    expect(judged(GOOD)).toBeUndefined()
    expect(judged({ ...GOOD, expires_at: undefined })).toBeUndefined()
    expect(judged({ ...GOOD, expires_at: null })).toBeUndefined()
    expect(judged({ ...GOOD, expires_at: 253_402_300_799 })).toBeUndefined()
    expect(judged({ ...GOOD, expires_at: '2026-08-01T12:00:01Z' })).toBeUndefined()
    expect(judged({ ...GOOD, expires_at: '2999-01-01T00:00:00.5+02:00' })).toBeUndefined()
    expect(judged({ ...GOOD, permissions: undefined }, { permissions: [] })).toBeUndefined()
  })

  it('that ends on a day counts until that day is over, in UTC', () => {
    const endOf = (day: string) => judged({ ...GOOD, expires_at: day }, {}, TOKEN, LAST_SECOND)
    expect(endOf('2026-08-01')).toBeUndefined()
    expect(endOf('2026-07-31')).toBe('CONSENT_EXPIRED')
    expect(judged({ ...GOOD, expires_at: '2026-08-01' }, {}, TOKEN, LAST_SECOND + 1)).toBe('CONSENT_EXPIRED')
  })

  it('with one of those of which one is enough, passes, and with none of them does not', () => {
    expect(judged(GOOD, { permissionsAny: ['basic', 'write'] })).toBeUndefined()
    expect(judged(GOOD, { permissionsAny: ['basic', 'detail'] })).toBe('CONSENT_PERMISSION')
    expect(judged(GOOD, { permissions: ['detail'], permissionsAny: ['write'] })).toBe('CONSENT_PERMISSION')
    expect(judged({ ...GOOD, permissions: undefined }, { permissions: [], permissionsAny: ['x'] })).toBe(
      'CONSENT_PERMISSION',
    )
  })

  it.each([
    ['nobody knows', 'unknown', 'CONSENT_UNKNOWN'],
    ['of another client', { ...GOOD, client_id: 'tpp-2' }, 'CONSENT_OWNER'],
    ['that is not in force', { ...GOOD, status: 'authorised' }, 'CONSENT_STATE'],
    ['that ends now', { ...GOOD, expires_at: NOW }, 'CONSENT_EXPIRED'],
    ['that ended', { ...GOOD, expires_at: '2020-02-30T00:00:00Z' }, 'CONSENT_EXPIRED'],
    ['without the permission', { ...GOOD, permissions: ['write'] }, 'CONSENT_PERMISSION'],
    ['without permissions', { ...GOOD, permissions: undefined }, 'CONSENT_PERMISSION'],
    ['of another client, revoked too', { ...GOOD, client_id: 'x', status: 'REVOKED' }, 'CONSENT_OWNER'],
    ['without a state', { ...GOOD, status: undefined }, 'CONSENT_UNAVAILABLE'],
    ['with a state of another type', { ...GOOD, status: true }, 'CONSENT_UNAVAILABLE'],
    ['without a client', { ...GOOD, client_id: undefined }, 'CONSENT_UNAVAILABLE'],
    ['with permissions of another type', { ...GOOD, permissions: 'read' }, 'CONSENT_UNAVAILABLE'],
    ['that ends this second', { ...GOOD, expires_at: '2026-08-01T14:00:00.9+02:00' }, 'CONSENT_EXPIRED'],
    ['that ends within this second', { ...GOOD, expires_at: NOW + 0.9 }, 'CONSENT_EXPIRED'],
    ...[
      'tomorrow',
      '2999-01',
      '2999-13-01',
      '2999-01-01T00:00:00',
      '2999-13-01T00:00:00Z',
      'Jan 1 2999',
      '+002999-01-01T00:00:00Z',
      ['2999-01-01T00:00:00Z'],
      Number.POSITIVE_INFINITY,
      253_402_300_800,
      // In milliseconds: taken for seconds it would never end.
      (NOW - 60) * 1000,
      true,
      [],
    ].map((end) => [`with the end ${end}`, { ...GOOD, expires_at: end }, 'CONSENT_UNAVAILABLE'] as const),
  ] as const)('%s is refused', (_, consent, code) => {
    expect(judged(consent as JsonObject | 'unknown')).toBe(code)
  })

  it('that the token does not name is none, whatever could be said of another', () => {
    expect(judged(GOOD, {}, tokenWith({}))).toBe('CONSENT_ABSENT')
  })

  it('must be of the customer that the token speaks for, where that can be told', () => {
    const members = { ...demand(GOOD).members, subject: ['customer'] }
    expect(judged({ ...GOOD, customer: TOKEN.subject }, { members })).toBeUndefined()
    expect(judged({ ...GOOD, customer: 'bob' }, { members })).toBe('CONSENT_OWNER')
    expect(judged(GOOD, { members })).toBe('CONSENT_OWNER')
    const answer = { active: true, client_id: 'tpp-1', aud: AUDIENCE, consent_id: 'c-1' }
    const nobodys = acceptIntrospection(answer, presented('opaque'), aTrust(), NOW) as AccessToken
    for (const customer of [null, undefined, TOKEN.subject])
      expect(judged({ ...GOOD, customer }, { members }, nobodys), `${customer}`).toBe('CONSENT_OWNER')
  })

  it('is taken from the token where it stands there', () => {
    const token = tokenWith({ consent_id: 'c-1', consent: GOOD })
    expect(judged('unknown', { source: ['consent'] }, token)).toBeUndefined()
    expect(judged('unknown', { source: ['consent'] })).toBe('CONSENT_UNKNOWN')
    expect(judged('unknown', { source: ['consent'] }, tokenWith({ consent_id: 'c-1', consent: 'c' }))).toBe(
      'CONSENT_UNKNOWN',
    )
  })
})

describe('who is to be asked', () => {
  it('is asked once, for this client, and its answer counts for the request that asked', async () => {
    const fetched: FetchedConsent = { consent: null }
    const asked: unknown[] = []
    const ask = async (...question: unknown[]) => {
      asked.push(question)
      return GOOD
    }
    const asking = demand(undefined, { source: { recall: () => undefined, ask } })
    const need = checkConsent(NAMING, asking, fetched, NOW)
    expect(need).toBeInstanceOf(Need)
    expect((need as Need).otherwise.code).toBe('CONSENT_UNAVAILABLE')
    expect(await (need as Need).supply()).toBe(true)
    expect(checkConsent(NAMING, asking, fetched, NOW)).toBeUndefined()
    expect(asked).toEqual([['c-1', 'tpp-1']])
  })

  it('is asked of each who is to know, whatever another said of the same id', async () => {
    const fetched: FetchedConsent = { consent: null }
    const one = demand(undefined, { source: { recall: () => undefined, ask: async () => GOOD } })
    await (checkConsent(NAMING, one, fetched, NOW) as Need).supply()
    const other = demand(undefined, { source: { recall: () => undefined, ask: async () => 'unknown' } })
    expect(checkConsent(NAMING, other, fetched, NOW)).toBeInstanceOf(Need)
  })

  it('is not asked where what was said before still counts now', () => {
    const recall = (id: string, now: number) => (id === 'c-1' && now === NOW ? GOOD : undefined)
    const asking = demand(undefined, { source: { recall, ask: async () => undefined } })
    expect(checkConsent(NAMING, asking, { consent: null }, NOW)).toBeUndefined()
  })

  it('may give no answer', async () => {
    const need = checkConsent(NAMING, demand(undefined), { consent: null }, NOW) as Need
    expect(await need.supply()).toBe(false)
  })
})

describe('the id of the consent', () => {
  it.each([
    [BY_CLAIM, { consent_id: 'c-1' }, 'c-1'],
    [BY_CLAIM, { consent_id: 7 }, undefined],
    [BY_CLAIM, { consent_id: ['c-1'] }, undefined],
    [BY_CLAIM, { consent_id: '' }, undefined],
    [BY_CLAIM, { consent_id: 'c'.repeat(512) }, 'c'.repeat(512)],
    [BY_CLAIM, { consent_id: 'c'.repeat(513) }, undefined],
    [BY_CLAIM, {}, undefined],
    [{ in: 'scope', prefix: 'consent:' }, { scope: 'accounts consent:urn:bank:1' }, 'urn:bank:1'],
    [{ in: 'scope', prefix: 'consent:' }, { scope: 'accounts consent:1 consent:2' }, undefined],
    [{ in: 'scope', prefix: 'consent:' }, { scope: 'accounts no-consent:1' }, undefined],
    [{ in: 'scope', prefix: 'consent:' }, { scope: 'accounts consent:' }, undefined],
    [
      { in: 'detail', type: 'account_access', pointer: ['consent', 'id'] },
      {
        authorization_details: [
          null,
          { type: 'other', consent: { id: 'x' } },
          { type: 'account_access', consent: { id: 'c-1' } },
          { type: 'account_access', consent: { id: 'c-1' } },
        ],
      },
      'c-1',
    ],
    [
      { in: 'detail', type: 'account_access', pointer: ['id'] },
      {
        authorization_details: [
          { type: 'account_access', id: 'c-1' },
          { type: 'account_access', id: 'c-2' },
        ],
      },
      undefined,
    ],
    [
      { in: 'detail', type: 'a', pointer: ['id'] },
      { authorization_details: { type: 'a', id: 'c' } },
      undefined,
    ],
  ] as const)('by %o of %o: %s', (id, claims, expected) => {
    expect(readConsentId({ token: tokenWith(claims), fields: [] }, [id])).toBe(expected)
  })

  it.each([
    [['Consent-ID', 'c-1'], 'c-1'],
    [['consent-id', 'c-1', 'Accept', 'x'], 'c-1'],
    [[], undefined],
    [['Consent-ID', ''], undefined],
    [['Consent-ID', 'c-1', 'Consent-ID', 'c-2'], undefined],
    [['Consent-ID', 'caf\xe9'], undefined],
    [['Consent-ID', 'a b'], undefined],
    [['Consent-ID', 'c'.repeat(513)], undefined],
    // The upstream would not see it.
    [['Consent-ID', 'c-1', 'Connection', 'close, Consent-ID'], undefined],
    [['Consent-ID', 'c-1', 'Connection', 'close'], 'c-1'],
  ])('by a field, of %o: %s', (fields, expected) => {
    expect(readConsentId({ token: TOKEN, fields }, [BY_FIELD])).toBe(expected)
  })

  it.each([
    [{ consent_id: 'c-1' }, ['Consent-ID', 'c-1'], 'c-1'],
    [{ consent_id: 'c-1' }, ['Consent-ID', 'c-2'], undefined],
    [{ consent_id: 'c-1' }, [], undefined],
    [{}, ['Consent-ID', 'c-1'], undefined],
  ])('by the token and a field, of %o and %o: %s', (claims, fields, expected) => {
    expect(readConsentId({ token: tokenWith(claims), fields }, [BY_CLAIM, BY_FIELD])).toBe(expected)
  })
})
