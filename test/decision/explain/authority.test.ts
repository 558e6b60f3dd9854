import { describe, expect, it } from 'vitest'
import { checkAuthority } from '../../../src/decision/authority.ts'
import { D } from '../../../src/decision/denials.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { compareAuthority } from '../../../src/decision/explain/authority.ts'
import { explain, type Judged } from '../../../src/decision/explain/explain.ts'
import type { PeerIdentity } from '../../../src/domain/peer-identity.ts'
import { acrIn, authenticatedWithin } from '../../../src/verify/authority/authentication.ts'
import { claimNamesHolder } from '../../../src/verify/authority/certificate-name.ts'
import { claimIs } from '../../../src/verify/authority/claims.ts'
import { conditionHolds } from '../../../src/verify/authority/condition.ts'
import { detailCovers } from '../../../src/verify/authority/details.ts'
import { grantIs } from '../../../src/verify/authority/grant.ts'
import { parsePointer } from '../../../src/verify/authority/pointer.ts'
import type { Rule } from '../../../src/verify/authority/rule.ts'
import { scopeAnyGranted, scopesGranted } from '../../../src/verify/authority/scope.ts'
import { matchBody, matchPath } from '../../../src/verify/authority/value-match.ts'
import { NOW } from '../../support/clock.ts'
import { aPeer } from '../../support/request.ts'
import { aRoute, demands } from '../../support/route.ts'
import { aSubject } from '../../support/subject.ts'

function judged(rule: Rule, claims: object, peer: PeerIdentity | null = null): Judged {
  return judgedBy([rule], claims, peer)
}

function judgedBy(rules: readonly Rule[], claims: object, peer: PeerIdentity | null = null): Judged {
  const subject = aSubject({ claims: { ...claims }, facts: { peer } })
  const evidence = new Evidence()
  evidence.route = aRoute({ demands: demands({ authority: rules }) })
  evidence.token = subject.token
  const refused = checkAuthority(subject, rules, evidence, NOW) ?? null
  return { facts: subject.facts, evidence, body: null, refused, now: NOW }
}

/** What came, and what was wanted, as it is told. */
function told(rule: Rule, claims: object, peer: PeerIdentity | null = null) {
  const [comparison] = [...compareAuthority(judged(rule, claims, peer))]
  return [comparison!.came, comparison!.wanted]
}

const whole = { acr: [], maxAge: null }
const title = 'org_id'
const holder = claimNamesHolder(title, parsePointer(title), { attribute: 'UID', prefix: 'OFBBR-' })
const certificate = (...names: string[]) => aPeer({ mode: 'pki', attributes: new Map([['UID', names]]) })
const detail = detailCovers(
  {
    type: 'payment',
    lists: [['actions', ['pay', 'read']]],
    matches: [
      matchPath('id', parsePointer('id'), 'text', 'account'),
      matchBody('/sum', parsePointer('/sum'), 'decimal', '/amount', parsePointer('/amount')),
    ],
  },
  'authorization_details[0]',
)

describe('a rule of authority', () => {
  it.each([
    ['scopes', scopesGranted(['b']), { scope: 'a b' }, ['a b', 'b']],
    ['scopes', scopesGranted(['c']), { scope: 'a b' }, ['a b: missing c', 'c']],
    ['scopes', scopesGranted(['c']), { scope: undefined }, ['no scope: missing c', 'c']],
    ['one scope', scopeAnyGranted(['a', 'c']), { scope: 'a b' }, ['a b', 'a or c']],
    ['a claim', claimIs('t', parsePointer('t'), { oneOf: [1] }), { t: 1 }, [1, 1]],
    [
      'a claim',
      claimIs('t', parsePointer('t'), { oneOf: [1, 2] }),
      { t: 3 },
      ['3: t is another value', '1 or 2'],
    ],
    ['a claim', claimIs('t', parsePointer('t'), { present: true }), {}, ['t is absent', 'any value']],
    ['no claim', claimIs('t', parsePointer('t'), { present: false }), {}, [undefined, undefined]],
    ['a grant', grantIs('client'), {}, ['user: user instead of client', 'client']],
    ['acr', acrIn(['gold', 'tin'], whole), { acr: 'tin' }, ['tin', 'gold or tin']],
    ['max_age', authenticatedWithin(60, whole), { auth_time: NOW }, [NOW, `at most 60 s before ${NOW}`]],
    ['a condition', conditionHolds(() => false, 'condition[0]'), {}, ['false', true]],
    ['a condition', conditionHolds(() => true, 'condition[0]'), {}, ['fulfilled', true]],
    [
      'details',
      detail,
      {},
      ['the token has none', 'type payment, actions pay read, id as {account}, /sum as /amount'],
    ],
  ])('about %s shows values (%#)', (_, rule, claims, values) => {
    expect(told(rule, claims)).toEqual(values)
  })

  it('about the holder of the certificate shows what the certificate says', () => {
    expect(told(holder, {}, certificate('OFBBR-1', 'other'))).toEqual([`${title}: the claim is absent`, '1'])
    expect(told(holder, { org_id: '1' }, certificate('OFBBR-1'))).toEqual(['1', '1'])
    expect(told(holder, { org_id: '1' })[1]).toBe('UID of the client certificate')
  })

  it('of one’s own need not show any', () => {
    const { values: _, ...own } = grantIs('user')
    expect(told(own, {})).toEqual(['fulfilled', 'no objection'])
  })

  it('is told to object where it did, and no other is', () => {
    const rules = [scopesGranted(['a']), scopesGranted(['c']), scopesGranted(['b'])]
    const codes = [...compareAuthority(judgedBy(rules, { scope: 'a b' }))].map((each) => each.codes)
    expect(codes).toEqual([[], ['SCOPE_INSUFFICIENT'], []])
  })

  it('that objected to the body is told not to have objected to the head', () => {
    const inHead = judged(detail, {})
    const { objected } = inHead.evidence
    inHead.evidence.objected = { ...objected!, part: 'body' }
    expect([...compareAuthority(inHead)]).toMatchObject([{ codes: [], came: 'fulfilled' }])
  })

  it('has its clause beside it', () => {
    const { steps } = explain({
      ...judged(scopesGranted(['a']), { scope: 'a' }),
      refused: D.SIGNING_UNAVAILABLE,
    })
    expect(steps.find(({ step }) => step === 'authority')?.compared).toEqual([
      { what: 'scope', came: 'a', wanted: 'a', result: 'agrees', cite: 'RFC 6750 §3.1' },
    ])
  })
})
