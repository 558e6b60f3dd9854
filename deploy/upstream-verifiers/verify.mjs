import { createRemoteJWKSet, jwtVerify } from 'jose'

/** Makes `verify(token, method, path)`, which gives the claims of a Txn-Token or rejects. `keys`: URL of the gateway's JWK set. */
export function verifier(keys, issuer, audience) {
  const set = createRemoteJWKSet(new URL(keys))
  const algorithms = ['ES256', 'ES384', 'PS256', 'PS512', 'EdDSA', 'Ed25519']
  const requiredClaims = ['exp', 'iat', 'txn', 'sub', 'scope']
  return async (token, method, path) => {
    const rules = { typ: 'txntoken+jwt', issuer, audience, algorithms, requiredClaims, clockTolerance: 5 }
    const { payload } = await jwtVerify(token, set, rules)
    if (payload.tctx?.method !== method || payload.tctx.path !== path) throw new Error('for another request')
    return payload
  }
}
