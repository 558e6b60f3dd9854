import { describe, expect, it } from 'vitest'
import { decide } from '../../src/decision/decide.ts'
import { Evidence } from '../../src/decision/evidence.ts'
import type { Demands, Route } from '../../src/decision/route.ts'
import { Router } from '../../src/decision/router.ts'
import { Admission } from '../../src/decision/verdict.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import type { ConsentDemand } from '../../src/verify/authority/consent.ts'
import type { Rule } from '../../src/verify/authority/rule.ts'
import { scopesGranted } from '../../src/verify/authority/scope.ts'
import { D as P } from '../../src/verify/dpop/denials.ts'
import { NOW } from '../support/clock.ts'
import type { Members } from '../support/jws.ts'
import { aKey } from '../support/keys.ts'
import { outcome } from '../support/outcome.ts'
import { aProof, dpopRules, nonceRules } from '../support/proof.ts'
import { aRequest } from '../support/request.ts'
import { aRoute, aSnapshot, demands, possessionRules } from '../support/route.ts'
import { aToken, aTrust, type JwtChanges, keySource } from '../support/token.ts'

/** What is changed of one good request. Situations add up. */
interface Situation {
  readonly facts?: Partial<RequestFacts>
  readonly header?: Members
  readonly claims?: Members
  readonly proof?: JwtChanges
  readonly demands?: Partial<Demands>
  readonly route?: Partial<Route>
}

function judge(...situations: readonly Situation[]): string {
  const all = <Part extends keyof Situation>(part: Part) =>
    Object.assign({}, ...situations.map((each) => each[part]))
  const token = aToken({ header: all('header'), claims: all('claims') })
  const route = aRoute({ demands: demands(all('demands')), ...all('route') })
  const facts = aRequest({
    authorization: `DPoP ${token}`,
    dpop: aProof(token, all('proof')),
    ...all('facts'),
  })
  return outcome(decide(facts, aSnapshot(route), new Evidence(), NOW))
}

describe('decide', () => {
  it('admits a request that proves all that its route demands, and keeps what was proved', () => {
    const evidence = new Evidence()
    const verdict = decide(aRequest(), aSnapshot(), evidence, NOW)
    expect(verdict).toBeInstanceOf(Admission)
    expect(verdict).toMatchObject({
      spends: [
        {
          replayed: P.DPOP_REPLAYED,
          once: { jkt: aKey('ES256', 'client').jkt, jti: 'proof-1', madeAt: NOW },
        },
      ],
      bodyLimit: 1_048_576,
    })
    expect(evidence).toMatchObject({
      presented: { scheme: 'DPoP' },
      token: { clientId: 'tpp-1' },
      route: { id: 'accounts' },
    })
    expect(evidence.possession?.once?.jti).toBe('proof-1')
  })

  it('gives a fresh nonce where the one that was used is almost over, and none where it is not', () => {
    const nonce = nonceRules({ mode: 'required' })
    const token = aToken()
    const judge = (ago: number) => {
      const dpop = aProof(token, { claims: { nonce: nonce.mint.issue(NOW - ago) } })
      const route = aRoute({ demands: demands({ dpop: dpopRules({ nonce }) }) })
      return decide(aRequest({ authorization: `DPoP ${token}`, dpop }), aSnapshot(route), new Evidence(), NOW)
    }
    expect(judge(200)).toMatchObject({ nonceEnds: false, route: { id: 'accounts' } })
    expect(judge(201)).toMatchObject({ nonceEnds: true })
  })

  it('asks nothing of a request on a public route, and reads none of its credentials', () => {
    const open = aSnapshot(aRoute({ demands: null, bodyLimit: 10 }))
    const verdict = decide(
      aRequest({ authorization: 'nonsense', query: 'access_token=a' }),
      open,
      new Evidence(),
      NOW,
    )
    expect(verdict).toMatchObject({ token: null, spends: [], nonceEnds: false, bodyLimit: 10 })
  })

  it('keeps of a refused request what it had proved by then', () => {
    const evidence = new Evidence()
    decide(aRequest({ dpop: null }), aSnapshot(), evidence, NOW)
    expect(evidence.token?.clientId).toBe('tpp-1')
    expect(evidence.possession).toBeNull()
  })
})

/** Of a token that names none. */
const CONSENT: ConsentDemand = {
  service: 'bank',
  places: [{ in: 'claim', pointer: ['consent_id'] }],
  source: ['consent'],
  members: {
    state: ['status'],
    clientId: ['client_id'],
    permissions: ['permissions'],
    expiresAt: ['expires_at'],
    subject: null,
  },
  states: new Set(['AUTHORISED']),
  permissions: [],
  permissionsAny: null,
}
/** Waits for a body, and there is none. */
const ofBody: Rule = {
  name: 'of the body',
  cite: 'RFC 9396 §9',
  check: () => undefined,
  checkBody: () => undefined,
}

/** Each earns its answer alone; of two that are wrong at once, the one that stands first is answered. */
const REFUSALS: readonly (readonly [string, Situation])[] = [
  ['ROUTE_UNKNOWN', { facts: { normalPath: '/elsewhere' } }],
  ['METHOD_UNKNOWN', { facts: { method: 'DELETE' } }],
  ['PATH_PARAMETERS', { facts: { hasPathParameters: true } }],
  ['BODY_TOO_LARGE', { facts: { contentLength: 2_000_000 } }],
  ['FIELD_DUPLICATED', { facts: { repeatedCredential: 'dpop' } }],
  ['HEADER_ABSENT', { route: { requiredHeaders: [{ name: 'x-v', form: 'number' }] } }],
  ['TOO_EARLY', { facts: { isEarly: true } }],
  ['TOKEN_IN_QUERY', { facts: { query: 'access_token=a' } }],
  ['TOKEN_TYPE', { header: { typ: 'JWT' } }],
  ['TOKEN_EXPIRED', { claims: { exp: NOW } }],
  ['NEED keys bank ES256-issuer', { demands: { issuers: [aTrust({ keys: keySource([]) })] } }],
  ['TOKEN_SENDER', { demands: { possession: possessionRules({ senders: ['mtls'] }) } }],
  ['DPOP_HTM', { proof: { claims: { htm: 'PUT' } } }],
  ['DPOP_JKT', { proof: { key: aKey('ES256', 'thief') } }],
  ['TOKEN_STATUS_MALFORMED', { claims: { status: 'active' } }],
  ['SCOPE_INSUFFICIENT', { claims: { scope: 'other' } }],
  ['CONSENT_ABSENT', { demands: { consent: CONSENT } }],
  ['BODY_FIELD_ABSENT', { demands: { authority: [scopesGranted(['accounts']), ofBody] } }],
]

describe('the order of refusals', () => {
  it.each(REFUSALS.map(([code], at) => [code, at] as const))('%s goes before all that follow', (code, at) => {
    const [, wrong] = REFUSALS[at]!
    expect(judge(wrong)).toBe(code)
    for (const [later, alsoWrong] of REFUSALS.slice(at + 1))
      expect(judge(wrong, alsoWrong), `with ${later}`).toBe(code)
  })

  it('no credentials: 401 without an error, before anything is said of the token', () => {
    expect(judge({ facts: { authorization: null, dpop: null } })).toBe('TOKEN_ABSENT')
    expect(judge({ facts: { authorization: null, dpop: null } }, { demands: { issuers: [] } })).toBe(
      'TOKEN_ABSENT',
    )
    expect(judge({ facts: { authorization: null, query: 'access_token=a' } })).toBe('TOKEN_IN_QUERY')
  })
})

describe('consent', () => {
  const judgeWith = (consent: Partial<ConsentDemand>, claims: Members = {}) =>
    judge({ claims: { consent_id: 'c-1', ...claims }, demands: { consent: { ...CONSENT, ...consent } } })

  it('lets a request pass that a customer has agreed to, and asks where it is not known', () => {
    const agreed = { status: 'AUTHORISED', client_id: 'tpp-1' }
    expect(judgeWith({}, { consent: agreed })).toBe('accepted')
    expect(judgeWith({}, { consent: { ...agreed, status: 'REVOKED' } })).toBe('CONSENT_STATE')
    const source = { recall: () => undefined, ask: async () => agreed }
    expect(judgeWith({ source })).toBe('NEED consent bank c-1')
  })

  it('leaves in the evidence what was against it', () => {
    const evidence = new Evidence()
    decide(aRequest(), aSnapshot(aRoute({ demands: demands({ consent: CONSENT }) })), evidence, NOW)
    expect(evidence.objected).toMatchObject({ rule: { name: 'consent' }, part: 'head' })
  })
})

describe('the body', () => {
  it('may be as large as the listener says, or the route', () => {
    expect(judge({ facts: { contentLength: 11 } }, { route: { bodyLimit: 10 } })).toBe('BODY_TOO_LARGE')
    expect(judge({ facts: { contentLength: 10 } }, { route: { bodyLimit: 10 } })).toBe('accepted')
    expect(judge({ facts: { contentLength: 2_000_000 } }, { route: { bodyLimit: 3_000_000 } })).toBe(
      'accepted',
    )
    expect(judge({ facts: { contentLength: null } }, { route: { bodyLimit: 10 } })).toBe('accepted')
  })
})

describe('revocation', () => {
  it('is asked at every use, also of a token that was verified before, and goes before the status list', () => {
    let revoked = false
    const asked: unknown[] = []
    const revocations = {
      hits: (token: { jti: string | null }, now: number) => {
        asked.push([token.jti, now])
        return revoked
      },
    }
    const snapshot = { ...aSnapshot(), revocations }
    const once = () => outcome(decide(aRequest(), snapshot, new Evidence(), NOW))
    expect(once()).toBe('accepted')
    revoked = true
    expect(once()).toBe('TOKEN_REVOKED')
    expect(asked).toEqual(Array(2).fill(['token-1', NOW]))
  })
})

describe('path parameters', () => {
  it('that are read in two ways are refused, before any credential is looked at', () => {
    const route = aRoute({ segments: [{ name: 'id', index: 1 }] })
    const router = new Router([[{ path: '/accounts/{id}', hosts: null, methods: ['GET'] }, route]])
    const at = (normalPath: string) =>
      outcome(
        decide(
          aRequest({ normalPath, authorization: null }),
          { ...aSnapshot(), router },
          new Evidence(),
          NOW,
        ),
      )
    expect(at('/accounts/a%2525')).toBe('PATH_AMBIGUOUS')
    expect(at('/accounts/a%20b')).toBe('TOKEN_ABSENT')
  })

  it('pass where the route allows them', () => {
    expect(judge({ facts: { hasPathParameters: true } }, { route: { allowsPathParameters: true } })).toBe(
      'accepted',
    )
  })
})
