import { describe, expect, it } from 'vitest'
import { decideConsent } from '../../../src/decision/consent.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { compareConsent } from '../../../src/decision/explain/consent.ts'
import type { Denial } from '../../../src/domain/denial.ts'
import type { ConsentDemand } from '../../../src/verify/authority/consent.ts'
import { NOW } from '../../support/clock.ts'
import { aRequest } from '../../support/request.ts'
import { aRoute, demands } from '../../support/route.ts'
import { aToken, aVerifiedToken } from '../../support/token.ts'

/** Of a consent that stands in the token, and is named by a field. */
const DEMAND: ConsentDemand = {
  service: 'bank',
  places: [{ in: 'field', name: 'consent-id' }],
  source: ['consent'],
  members: { state: ['s'], clientId: ['c'], permissions: ['p'], expiresAt: ['e'], subject: null },
  states: new Set(['AUTH', 'USED']),
  permissions: ['read'],
  permissionsAny: ['pay', 'plan'],
}

function told(consent: object, fields: string[]) {
  const facts = aRequest({ fields })
  const evidence = new Evidence()
  const token = aVerifiedToken(aToken({ claims: { consent } }))
  evidence.token = token
  evidence.route = aRoute({ demands: demands({ consent: DEMAND }) })
  const refused = (decideConsent({ token, fields }, DEMAND, evidence, NOW) ?? null) as Denial | null
  return [...compareConsent({ facts, evidence, body: null, refused, now: NOW })]
}

const NAMED = ['Consent-ID', 'C1']
const GOOD = { s: 'AUTH', c: 'tpp-1', p: ['read', 'pay'], e: NOW + 60 }
const WANTED = 'AUTH or USED, read, pay or plan'

describe('a consent', () => {
  it('is told by its name, and what it has to be', () => {
    expect(told(GOOD, NAMED)).toEqual([
      { codes: ['CONSENT_ABSENT'], what: 'consent', came: 'C1', wanted: 'one that bank knows' },
      { codes: [], what: 'the consent', came: 'in force and wide enough', wanted: WANTED },
    ])
  })

  it('that does not suffice is told by what it lacks', () => {
    const [, consent] = told({ ...GOOD, s: 'NEW' }, NAMED)
    expect(consent).toMatchObject({
      codes: ['CONSENT_STATE'],
      came: expect.stringContaining('NEW'),
      wanted: WANTED,
    })
  })

  it('that is not named is told so', () => {
    expect(told(GOOD, [])[0]).toMatchObject({ came: 'none, or several' })
  })
})
