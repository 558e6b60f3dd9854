import { describe, expect, it } from 'vitest'
import { acceptIntrospection } from '../../../src/verify/access-token/accept-introspection.ts'
import type { AccessToken } from '../../../src/verify/access-token/token.ts'
import { type ConditionFacts, conditionHolds } from '../../../src/verify/authority/condition.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aKey } from '../../support/keys.ts'
import { aSubject, judged } from '../../support/subject.ts'
import { aTrust, ISSUER, presented, THUMBPRINT } from '../../support/token.ts'

/** What a condition is told about a token of which its issuer says this. */
function told(answer: Members): ConditionFacts {
  const token = acceptIntrospection({ active: true, ...answer }, presented('opaque'), aTrust(), NOW)
  let seen: ConditionFacts | undefined
  const rule = conditionHolds((facts) => {
    seen = facts
    return true
  }, 'condition')
  expect(judged(rule, { ...aSubject({ parameters: { id: '7' } }), token: token as AccessToken })).toBe(
    'accepted',
  )
  return seen as ConditionFacts
}

const scopesOf = (count: number) => Array.from({ length: count }, (_, each) => `s${each}`).join(' ')

describe('conditionHolds', () => {
  it('tells a condition what was proved', () => {
    const { jkt } = aKey('ES256', 'client')
    const claims = {
      active: true,
      sub: 'customer-7',
      client_id: 'tpp-1',
      scope: 'a b',
      cnf: { jkt, 'x5t#S256': THUMBPRINT },
    }
    expect(told(claims)).toEqual({
      token: {
        issuer: ISSUER,
        subject: 'customer-7',
        client_id: 'tpp-1',
        grant: 'user',
        scopes: ['a', 'b'],
        claims,
      },
      sender: { jkt, x5t: THUMBPRINT },
      request: {
        method: 'GET',
        host: 'api.bank.example',
        path: '/accounts',
        parameters: new Map([['id', '7']]),
      },
      now: NOW,
    })
  })

  it('has no member for what is absent, so that asking for it fails', () => {
    const { token, sender } = told({})
    expect(Object.keys(token)).toEqual(['issuer', 'scopes', 'claims'])
    expect(Object.keys(sender)).toEqual([])
  })

  it.each([
    [true, 'accepted'],
    [false, ['CONDITION_UNMET', 'false']],
    ['no such key', ['CONDITION_FAILED', 'no such key']],
    ['', ['CONDITION_FAILED', '']],
  ] as const)('answered %j it is %j', (answer, expected) => {
    expect(
      judged(
        conditionHolds(() => answer, 'condition'),
        aSubject(),
      ),
    ).toEqual(expected)
  })

  it.each<[string, Members, boolean]>([
    ['a list of 256', { list: Array(256).fill(1) }, true],
    ['a list of 257', { list: Array(257).fill(1) }, false],
    ['one within another', { list: [1, { deep: Array(257).fill(1) }] }, false],
    ['null', { nothing: null }, true],
    ['256 scopes', { scope: scopesOf(256) }, true],
    ['257 scopes', { scope: scopesOf(257) }, false],
  ])('is asked about %s: %s', (_, claims, isAsked) => {
    const verdict = judged(
      conditionHolds(() => true, 'condition'),
      aSubject({ claims }),
    )
    expect(verdict).toEqual(isAsked ? 'accepted' : ['CONDITION_FAILED', 'a claim is too long to be judged'])
  })
})
