import { afterAll, describe, expect, it } from 'vitest'
import type { Members } from '../support/jws.ts'
import { credentials, nowSeconds, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const route = (path: string, require: object) => ({
  path,
  upstream: 'bank',
  require: { issuer: 'bank', sender: 'dpop', ...require },
})

const { gateway, stop } = await startWithUpstream({
  policies: { tellers: { issuer: 'bank', claims: { role: 'teller' }, scope: 'accounts' } },
  routes: [
    route('/any', { scope_any: ['cards', 'accounts'] }),
    route('/none', { scope_any: ['cards', 'loans'] }),
    route('/client', { grant: 'client' }),
    route('/user', { grant: 'user' }),
    route('/tenant', { claims: { tenant: ['north', 'south'], '/realm/roles': 'teller' } }),
    route('/strong', { acr: ['gold', 'silver'], scope: 'payments' }),
    route('/condition', { condition: 'token.claims.level >= 2 || has(sender.x5t)' }),
    route('/shared', { policy: 'tellers', scope: 'payments' }),
    route('/fresh', { max_age: '5m' }),
    // A challenge tells whole seconds, as authorization servers take them.
    route('/fresh/strong', { max_age: '300999ms', acr: 'gold', scope: 'loans' }),
  ],
})
afterAll(stop)

/** Each rule of `require` over TLS: what it admits, and what a client and the operator are told where it refuses. */
describe('authority', () => {
  const ask = async (path: string, claims: Members, version: '1.1' | '2') =>
    gateway.call({ path, version, fields: credentials(path, { accessToken: token({ claims }) }) })
  const strong = () => ({ acr: 'gold', auth_time: nowSeconds() - 60 })

  it.each([
    ['/any', {}],
    ['/client', { sub: 'tpp-1' }],
    ['/user', {}],
    ['/tenant', { tenant: 'south', realm: { roles: ['a', 'teller'] } }],
    ['/strong', { acr: 'silver' }],
    ['/condition', { level: 2 }],
    ['/shared', { role: 'teller' }],
    ['/fresh', strong()],
    ['/fresh/strong', { ...strong(), scope: 'loans' }],
  ])('admits on %s a token that has %j', async (path, claims) => {
    for (const version of ['1.1', '2'] as const) expect((await ask(path, claims, version)).status).toBe(200)
  })

  it.each<readonly [string, Members, string, string, string]>([
    ['/none', {}, 'SCOPE_INSUFFICIENT', 'scope="cards"', 'scope_any: none of cards loans'],
    ['/client', {}, 'GRANT_INSUFFICIENT', '', 'grant: user instead of client'],
    ['/user', { sub: 'tpp-1' }, 'GRANT_INSUFFICIENT', '', 'grant: client instead of user'],
    ['/tenant', { tenant: 'east' }, 'CLAIM_INSUFFICIENT', '', 'claims.tenant: tenant is another value'],
    ['/tenant', {}, 'CLAIM_INSUFFICIENT', '', 'claims.tenant: tenant is absent'],
    ['/tenant', { tenant: 'north' }, 'CLAIM_INSUFFICIENT', '', 'claims./realm/roles: /realm/roles is absent'],
    [
      '/shared',
      { role: 'x' },
      'CLAIM_INSUFFICIENT',
      '',
      'policies.tellers.claims.role: role is another value',
    ],
    [
      '/shared',
      { scope: 'payments' },
      'SCOPE_INSUFFICIENT',
      'scope="accounts"',
      'policies.tellers.scope: missing accounts',
    ],
    [
      '/shared',
      { role: 'teller', scope: 'accounts' },
      'SCOPE_INSUFFICIENT',
      'scope="payments"',
      'scope: missing payments',
    ],
    ['/condition', { level: 1 }, 'CONDITION_UNMET', '', 'condition[0]: false'],
    ['/condition', { level: 'high' }, 'CONDITION_FAILED', '', 'condition[0]: no such overload'],
    ['/condition', {}, 'CONDITION_FAILED', '', 'condition[0]: No such key: level'],
    ['/strong', {}, 'ACR_INSUFFICIENT', 'acr_values="gold silver"', 'acr: acr is absent'],
    [
      '/strong',
      { acr: 1, scope: 'x' },
      'ACR_INSUFFICIENT',
      'acr_values="gold silver", scope="payments"',
      'acr: acr is no text',
    ],
    ['/fresh', {}, 'AUTHENTICATION_TOO_OLD', 'max_age="300"', 'max_age: auth_time is absent'],
    [
      '/fresh/strong',
      { acr: 'gold', auth_time: 5 },
      'AUTHENTICATION_TOO_OLD',
      'acr_values="gold", max_age="300", scope="loans"',
      'max_age: authenticated',
    ],
  ])('refuses on %s a token that has %j: %s', async (path, claims, code, wanted, detail) => {
    for (const version of ['1.1', '2'] as const) {
      const answer = await ask(path, claims, version)
      const steps = /^A/.test(code)
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([steps ? 401 : 403, code])
      const error = steps ? 'insufficient_user_authentication' : 'insufficient_scope'
      const parameters = wanted === '' ? '' : `, ${wanted}`
      expect(answer.all('www-authenticate')).toEqual([
        expect.stringMatching(
          new RegExp(
            `^DPoP realm="[^"]+", error="${error}", error_description="[^"]+"${parameters}(?:, (?:algs|resource_metadata)="[^"]+"){2}$`,
          ),
        ),
      ])
      const id = answer.all('x-fapi-interaction-id')[0]
      expect((await gateway.line((line) => line['interaction_id'] === id))['detail']).toContain(detail)
      expect(answer.body).not.toContain(detail)
    }
  })
})
