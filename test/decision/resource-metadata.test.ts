import { describe, expect, it } from 'vitest'
import { resourceMetadata } from '../../src/decision/resource-metadata.ts'
import { allow } from '../../src/verify/jose/algorithms.ts'
import { dpopRules } from '../support/proof.ts'
import { demands, possessionRules } from '../support/route.ts'
import { aTrust } from '../support/token.ts'

const HERE = { asksForCertificates: true }

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
    expect(Object.keys(resourceMetadata([without], { asksForCertificates: false }))).toEqual([
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
})
