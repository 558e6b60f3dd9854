import { describe, expect, it } from 'vitest'
import { resourceMetadata } from '../../src/decision/resource-metadata.ts'
import type { SignerSource } from '../../src/domain/ports.ts'
import { allow } from '../../src/verify/jose/algorithms.ts'
import { fapi2 } from '../../src/verify/message-signature/profile.ts'
import { dpopRules } from '../support/proof.ts'
import { demands, possessionRules } from '../support/route.ts'
import { aTrust } from '../support/token.ts'

const HERE = { authority: 'api.bank.example', asksForCertificates: true }

const signedBy = (signer: SignerSource) => ({ rules: fapi2.response, signer, limit: 1024 })

describe('resourceMetadata', () => {
  it('says what one route demands', () => {
    expect(resourceMetadata([demands()], HERE)).toEqual({
      authorization_servers: [aTrust().issuer],
      scopes_supported: ['accounts'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: [...dpopRules().algorithms.keys()],
      tls_client_certificate_bound_access_tokens: true,
    })
  })

  it('leaves out what would be empty or false', () => {
    const without = demands({ scopes: [], possession: possessionRules({ senders: ['mtls'] }) })
    expect(Object.keys(resourceMetadata([without], { ...HERE, asksForCertificates: false }))).toEqual([
      'authorization_servers',
      'bearer_methods_supported',
    ])
  })

  it('requires DPoP where every route takes nothing else', () => {
    const dpop = demands({ possession: possessionRules({ senders: ['dpop'] }) })
    const lax = demands({ possession: possessionRules({ senders: ['dpop'], acceptsBearer: true }) })
    const required = (...given: Parameters<typeof resourceMetadata>[0][number][]) =>
      resourceMetadata(given, HERE)['dpop_bound_access_tokens_required']
    expect([required(dpop), required(dpop, demands()), required(dpop, lax)]).toEqual([
      true,
      undefined,
      undefined,
    ])
  })

  it('binds tokens to certificates where one is asked for and a route takes that', () => {
    const dpop = demands({ possession: possessionRules({ senders: ['dpop'] }) })
    const bound = (...given: Parameters<typeof resourceMetadata>[0][number][]) =>
      resourceMetadata(given, HERE)['tls_client_certificate_bound_access_tokens']
    expect([bound(dpop), bound(dpop, demands())]).toEqual([undefined, true])
  })

  it('of several: every server and scope, the algorithms that all of them take', () => {
    const tenants = new Map([['https://a.example', 'a']])
    const one = demands({
      scopes: ['b', 'a'],
      issuers: [aTrust({ issuer: 'https://x.example', tenants })],
      dpop: dpopRules({ algorithms: allow(['ES256', 'PS256']) }),
    })
    const two = demands({ scopes: ['c', 'a'], dpop: dpopRules({ algorithms: allow(['PS256', 'Ed25519']) }) })
    expect(resourceMetadata([one, two], HERE)).toMatchObject({
      authorization_servers: ['https://a.example', aTrust().issuer].sort(),
      scopes_supported: ['a', 'b', 'c'],
      dpop_signing_alg_values_supported: ['PS256'],
    })
  })

  it('names the algorithms that answers are signed by at this origin, where a route signs them', () => {
    const signing = (algorithm: 'ES256' | 'PS256') =>
      demands({
        signedAnswers: signedBy({
          current: () => undefined,
          algorithms: (authority) => (authority === HERE.authority ? [algorithm] : []),
        }),
      })
    const said = (...given: Parameters<typeof resourceMetadata>[0][number][]) =>
      resourceMetadata(given, HERE)['resource_signing_alg_values_supported']
    expect([
      said(demands()),
      said(signing('ES256')),
      said(signing('PS256'), demands(), signing('ES256')),
    ]).toEqual([undefined, ['ES256'], ['ES256', 'PS256']])
    expect(resourceMetadata([signing('ES256')], { ...HERE, authority: 'other.example' })).not.toHaveProperty(
      'resource_signing_alg_values_supported',
    )
  })
})
