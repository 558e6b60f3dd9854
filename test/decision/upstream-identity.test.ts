import { expect, it } from 'vitest'
import { upstreamIdentity } from '../../src/decision/upstream-identity.ts'
import { acceptIntrospection } from '../../src/verify/access-token/accept-introspection.ts'
import type { Dialect } from '../../src/verify/access-token/dialect.ts'
import { dialects } from '../../src/verify/access-token/dialects.ts'
import type { AccessToken } from '../../src/verify/access-token/token.ts'
import { NOW } from '../support/clock.ts'
import type { Members } from '../support/jws.ts'
import { aRequest } from '../support/request.ts'
import { aTrust, presented, THUMBPRINT } from '../support/token.ts'

const signer = { keyId: 'gateway', algorithm: 'ES256', sign: () => Buffer.alloc(64) } as const

/** What an upstream is told about a token of which its issuer says this. */
function told(answer: Members, trust = aTrust()): unknown {
  const token = acceptIntrospection({ active: true, ...answer }, presented('opaque'), trust, NOW)
  const asking = {
    facts: aRequest(),
    token: token as AccessToken,
    interactionId: 'i-1',
    remoteAddress: '192.0.2.1',
  }
  const rules = { audience: 'bank', lifetime: 15, signers: { current: () => signer, algorithms: () => [] } }
  const [, claims] = (upstreamIdentity(asking, rules, NOW) as string).split('.')
  return JSON.parse(Buffer.from(claims as string, 'base64url').toString())
}

it('a client that acts for itself is its own subject (RFC 9068 §2.2)', () => {
  expect(told({ client_id: 'tpp-1', scope: 'a b' })).toMatchObject({
    sub: 'tpp-1',
    client_id: 'tpp-1',
    scope: 'a b',
  })
  expect(told({ client_id: 'tpp-1', sub: 'customer-7' })).toMatchObject({
    sub: 'customer-7',
    client_id: 'tpp-1',
  })
})

it('whom a token speaks for is said where somebody said it, and no client passes for a user', () => {
  const grantOf = (answer: Members) =>
    (told(answer) as { readonly tctx: { readonly grant?: string } }).tctx.grant
  expect(grantOf({ client_id: 'tpp-1', sub: 'customer-7' })).toBe('user')
  expect(grantOf({ client_id: 'tpp-1', sub: 'tpp-1' })).toBe('client')
  expect(grantOf({ client_id: 'tpp-1' })).toBeUndefined()
})

it('a scope with white space does not become several', () => {
  const groups: Dialect = { ...dialects.rfc9068, scope: [{ claim: 'groups', shape: 'list' }] }
  const answer = { groups: ['a', 'not payments', 'b\tpayments'] }
  expect(told(answer, aTrust({ dialect: groups }))).toHaveProperty('scope', 'a')
})

it('what nobody said has no member', () => {
  const claims = told({}) as Members
  expect(claims).toMatchObject({ sub: '', iat: NOW, exp: NOW + 15 })
  expect('client_id' in claims).toBe(false)
  for (const cnf of [{}, { jkt: THUMBPRINT }, { 'x5t#S256': THUMBPRINT }])
    expect(told({ cnf })).toHaveProperty('rctx', { req_ip: '192.0.2.1', sender: cnf })
})
