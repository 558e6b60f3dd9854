import { describe, expect, it } from 'vitest'
import { compileAuthority } from '../../src/config/compile-authority.ts'
import { dangerKeys } from '../../src/config/notices.ts'
import { NOW } from '../support/clock.ts'
import { aSubject } from '../support/subject.ts'
import { decoded, required, told } from './policies-world.ts'

describe('a policy', () => {
  it('is all that a route needs to name', () => {
    const policies = [
      'pay: { issuer: bank, sender: dpop, dpop: { nonce: required, max_age: 30s }, strict_confirmation: true }',
    ]
    expect(required(policies, '{ policy: pay }')).toMatchObject({
      policy: ['pay'],
      issuer: ['bank'],
      sender: ['dpop'],
      dpop: { nonce: 'required', max_age: 30_000, clock_skew: 10_000 },
      strict_confirmation: true,
      danger_accept_bearer: false,
    })
  })

  it('is added to, never loosened', () => {
    const policies = [
      'p: { issuer: [bank, other], sender: [dpop, mtls], dpop: { nonce: optional, max_age: 60s } }',
    ]
    const require =
      '{ policy: p, issuer: bank, sender: mtls, dpop: { nonce: required, max_age: 1m, clock_skew: 1s }, strict_confirmation: true }'
    expect(required(policies, require)).toMatchObject({
      issuer: ['bank'],
      sender: ['mtls'],
      dpop: { nonce: 'required', max_age: 60_000, clock_skew: 1_000 },
      strict_confirmation: true,
    })
  })

  it('and another: the strictest of both', () => {
    const policies = [
      'p: { issuer: [bank, other], sender: [dpop, mtls], dpop: { nonce: optional, max_age: 30s }, danger_accept_bearer: true }',
      'q: { issuer: [other, bank], sender: dpop, dpop: { max_age: 60s, clock_skew: 5s } }',
      'r: { danger_accept_bearer: true }',
    ]
    expect(required(policies, '{ policy: [p, q] }')).toMatchObject({
      issuer: ['other', 'bank'],
      sender: ['dpop'],
      dpop: { nonce: 'optional', max_age: 30_000, clock_skew: 5_000 },
      danger_accept_bearer: false,
    })
    expect(required(policies, '{ policy: [p, r] }').danger_accept_bearer).toBe(true)
    expect(required(policies, '{ policy: p, danger_accept_bearer: false }').danger_accept_bearer).toBe(false)
  })

  it.each([
    '{ policy: [p, q] }',
    '{ policy: [q, p] }',
    '{ policy: p, strict_confirmation: true, content_digest: required }',
  ])('and another, whichever says what is the stricter: %s', (require) => {
    const policies = [
      'p: { issuer: bank, strict_confirmation: false, content_digest: optional }',
      'q: { strict_confirmation: true, content_digest: required }',
    ]
    expect(required(policies, require)).toMatchObject({
      strict_confirmation: true,
      content_digest: 'required',
    })
  })

  it('and another, and a route: what each demands of a consent', () => {
    const two = [
      'a: { issuer: bank, consent: { service: agreed, permissions: X } }',
      'b: { consent: { service: agreed, permissions: [Y, X] } }',
    ]
    const consents = 'consents: { agreed: { url: "https://c.example/{id}", id: { claim: c }, states: A } }\n'
    const consentOf = (require: string) => {
      const { document, problems } = decoded(two, require, '/a', consents)
      expect(problems).toEqual([])
      return document!.routes[0]!.require!.consent
    }
    expect(consentOf('{ policy: [a, b] }')).toEqual({ service: 'agreed', permissions: ['X', 'Y'] })
    expect(consentOf('{ policy: a, consent: { service: agreed, permissions: Z } }')).toEqual({
      service: 'agreed',
      permissions: ['X', 'Z'],
    })
  })

  it.each([
    ['consent.service', '{ service: one }', '{ service: two }', '"one" and "two"'],
    ['consent.service', '{ service: 5m }', '{ service: 1m }', '"5m" and "1m"'],
    [
      'consent.permissions_any',
      '{ service: one, permissions_any: [required] }',
      '{ service: one, permissions_any: [optional] }',
      '"required" and "optional"',
    ],
    [
      'consent.permissions_any',
      '{ service: one, permissions_any: [X] }',
      '{ service: one, permissions_any: [Y] }',
      '"X" and "Y"',
    ],
  ])('that says another %s than another is of no use beside it', (key, first, second, found) => {
    const two = [`a: { issuer: bank, consent: ${first} }`, `b: { consent: ${second} }`]
    expect(told(two, '{ policy: [a, b] }').join('\n')).toContain(
      ` routes[0].require.policy: expected policies that agree on \`${key}\`, found ${found}`,
    )
  })

  it('that allows danger is named, and so are its routes', () => {
    const { document } = decoded(['p: { issuer: bank, danger_accept_bearer: true }'], '{ policy: p }')
    expect(dangerKeys(document!)).toEqual([
      'policies.p.danger_accept_bearer',
      'routes[0].require.danger_accept_bearer',
    ])
  })

  const RULES = [
    'p: { issuer: bank, scope: a, scope_any: [x, y], acr: [gold, silver], max_age: 5m, claims: { t: 1 }, condition: "true" }',
    'q: { scope: [a, b], authorization_details: [{ type: t, match: { a: { path: id } } }] }',
  ]

  it('says when a token is enough, beside what the route says: rule by rule, each under its name', () => {
    const { document } = decoded(
      RULES,
      '{ policy: [p, q], scope: c, acr: silver, max_age: 10m, grant: user, claims: { t: 2 } }',
    )
    const { authority, scopes } = compileAuthority(document!.routes[0]!.require!, document!.policies)
    expect(authority.map(({ name }) => name)).toEqual([
      'policies.p.acr',
      'policies.p.max_age',
      'acr',
      'max_age',
      'policies.p.scope',
      'policies.p.scope_any',
      'policies.p.claims.t',
      'policies.p.condition[0]',
      'policies.q.scope',
      'policies.q.authorization_details[0]',
      'scope',
      'grant',
      'claims.t',
    ])
    expect(scopes).toEqual(['a', 'x', 'y', 'b', 'c'])
    // What would please one layer alone is not asked for.
    expect(authority[0]?.check(aSubject(), NOW)?.challenge).toEqual({ acr_values: 'silver', max_age: '300' })
  })

  it.each<readonly [string, string, string]>([
    [
      '{ issuer: bank }',
      '{ policy: p, issuer: other }',
      'routes[0].require.issuer: expected nothing that its policy does not allow, found "other"; its policy says "bank"',
    ],
    [
      '{ issuer: bank }',
      '{ policy: p, issuer: [bank, other] }',
      'routes[0].require.issuer: expected nothing that its policy does not allow, found a list; its policy says "bank"',
    ],
    [
      '{ issuer: bank, sender: dpop }',
      '{ policy: p, sender: mtls }',
      'routes[0].require.sender: expected nothing that its policy does not allow, found "mtls"; its policy says "dpop"',
    ],
    [
      '{ issuer: bank, dpop: { nonce: required } }',
      '{ policy: p, dpop: { nonce: off } }',
      'routes[0].require.dpop.nonce: expected nothing that its policy does not allow, found "off"; its policy says "required"',
    ],
    [
      '{ issuer: bank, dpop: { max_age: 30s } }',
      '{ policy: p, dpop: { max_age: 60s } }',
      'routes[0].require.dpop.max_age: expected nothing that its policy does not allow, found "60s"; its policy says "30s"',
    ],
    [
      '{ issuer: bank, dpop: { algorithms: [ES256] } }',
      '{ policy: p, dpop: { algorithms: [ES256, PS256] } }',
      'routes[0].require.dpop.algorithms: expected nothing that its policy does not allow, found a list; its policy says "ES256"',
    ],
    [
      '{ issuer: bank, strict_confirmation: true }',
      '{ policy: p, strict_confirmation: false }',
      'routes[0].require.strict_confirmation: expected nothing that its policy does not allow, found false; its policy says true',
    ],
    [
      '{ issuer: bank }',
      '{ policy: p, danger_accept_bearer: true }',
      'routes[0].require.danger_accept_bearer: expected nothing that its policy does not allow, found true; its policy says nothing of it',
    ],
    [
      '{ issuer: bank, content_digest: required }',
      '{ policy: p, content_digest: off }',
      'routes[0].require.content_digest: expected nothing that its policy does not allow, found "off"; its policy says "required"',
    ],
    [
      '{ issuer: bank }',
      '{ policy: q }',
      'routes[0].require.policy: expected a name from `policies`, found "q"',
    ],
    [
      '{ issuer: nobody }',
      '{ policy: p }',
      'policies.p.issuer: expected a name from `issuers`, found "nobody"',
    ],
    [
      '{ issuer: bank, scope: "a b" }',
      '{ policy: p }',
      'policies.p.scope: expected a scope without spaces, found "a b"',
    ],
    [
      '{ issuer: bank, condition: token.nothing }',
      '{ policy: p }',
      'policies.p.condition: expected a condition in CEL that is true or false, found a mistake in its line 1, column 7: No such key: nothing',
    ],
    ['{ issuer: bank, policy: p }', '{ policy: p }', 'policies.p.policy: expected one of'],
    ['{ scope: a }', '{ policy: p }', 'routes[0].require.issuer: expected'],
    [
      '{ issuer: bank, authorization_details: [{ type: t, match: { a: { path: other } } }] }',
      '{ policy: p }',
      'routes[0].require.policy: expected a policy whose segments the path names, found "other"',
    ],
  ])('%s is not met by %s', (policy, require, problem) => {
    const problems = told([`p: ${policy}`], require)
    expect(problems.filter((each) => each.includes(problem))).toHaveLength(1)
    expect(problems.filter((each) => !each.includes('.policy') && !each.includes(problem))).toEqual([])
  })

  it('that has no issuer in common with another is of no use beside it', () => {
    expect(told(['p: { issuer: bank }', 'q: { issuer: other }'], '{ policy: [p, q] }')).toEqual([
      expect.stringContaining(
        'routes[0].require.policy: expected policies with one `issuer` in common, found none',
      ),
    ])
  })

  it('is told once where it is wrong, and beside whatever else is', () => {
    const problems = told(
      ['p: { issuer: nobody, dpop: { max_age: 5s, clock_skew: 9s } }'],
      '{ policy: p, scope: "a b" }',
    )
    expect(problems.map((each) => each.split(' ')[1])).toEqual([
      'policies.p.issuer:',
      'routes[0].require.dpop.clock_skew:',
      'routes[0].require.scope:',
    ])
  })
})
