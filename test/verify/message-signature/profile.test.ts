import { expect, it } from 'vitest'
import { fapi2 } from '../../../src/verify/message-signature/profile.ts'

it('the profile of FAPI 2.0 HTTP Signatures is what its clauses say (FAPI2-HTTPSIG §5.3)', () => {
  expect(fapi2.request).toMatchObject({
    tag: 'fapi-2-request',
    maxAge: 60,
    clockSkew: 10,
    requiresExpires: false,
    requiresNonce: false,
    requiresKeyid: true,
    several: 'one',
    once: 'unsafe',
  })
  expect([...fapi2.request.algorithms.keys()]).toEqual(['ES256', 'Ed25519', 'PS256'])
  expect(fapi2.response).toMatchObject({
    tag: 'fapi-2-response',
    expiresAfter: null,
    requestSignature: 'member',
  })
})
