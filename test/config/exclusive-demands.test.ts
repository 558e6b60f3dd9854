import { describe, expect, it } from 'vitest'
import { told } from './policies-world.ts'

describe('demands that exclude each other', () => {
  const GRANT = 'p: { grant: user }'
  const ACR = 'p: { acr: [high, higher] }'
  const CLAIMS = 'p: { claims: { tenant: [north, south], role: { present: true } } }'
  const require = (more: string) => `{ policy: p, issuer: bank, ${more} }`

  it.each([
    [GRANT, 'grant: user'],
    [GRANT, 'scope: a'],
    [ACR, 'acr: [low, high]'],
    [ACR, 'max_age: 5m'],
    [CLAIMS, 'claims: { tenant: north }'],
    [CLAIMS, 'claims: { tenant: east, other: x }'],
    [CLAIMS, 'claims: { tenant: { present: true }, role: teller }'],
  ])('%s leaves room for %s', (policy, more) => {
    expect(told([policy], require(more))).toEqual([])
  })

  it.each([
    [
      GRANT,
      'grant: client',
      'require.grant: expected a `grant` that its policies leave room for, found "client"',
    ],
    [ACR, 'acr: low', 'require.acr: expected an `acr` that its policies leave room for, found "low"'],
    [ACR, 'acr: [low, lower]', 'require.acr: expected an `acr`'],
    [CLAIMS, 'claims: { tenant: { present: false } }', 'require.claims.tenant: expected a `claims.tenant`'],
    [CLAIMS, 'claims: { role: { present: false } }', 'require.claims.role: expected'],
  ])('%s excludes %s', (policy, more, problem) => {
    const [fault, another] = told([policy], require(more))
    expect([fault, another]).toEqual([expect.stringContaining(problem), undefined])
  })

  it('are told of two policies as well, and not of one that only watches', () => {
    const both = ['p: { issuer: bank, grant: user }', 'q: { grant: client }']
    expect(told(both, '{ policy: [p, q] }')).toEqual([
      expect.stringContaining(
        'require.policy[1]: expected a `grant` that its policies leave room for, found two',
      ),
    ])
    expect(told([both[0]!, 'q: { enforce: shadow, grant: client }'], '{ policy: [p, q] }')).toEqual([])
  })
})
