/** JOSE on node:crypto, synchronous: algorithms, key sets, thumbprints (RFC 7515, RFC 7517, RFC 7518, RFC 7638). */
export { type Algorithm, algorithms, allow } from '../verify/jose/algorithms.ts'
export { readJwkSet, type VerificationKey } from '../verify/jose/jwk-set.ts'
export { type PublicJwk, readPublicJwk } from '../verify/jose/public-key.ts'
export { type FoundSigner, findSigner } from '../verify/jose/signer.ts'
export { thumbprint } from '../verify/jose/thumbprint.ts'
