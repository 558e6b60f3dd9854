/** DPoP proofs and nonces (RFC 9449). A proof that holds is still to be spent, once. */
export { D as dpopDenials } from '../verify/dpop/denials.ts'
export { freshNonce, NonceMint, type NonceRules } from '../verify/dpop/nonce.ts'
export { type BoundToken, checkProof, type DpopRules, type HeldProof } from '../verify/dpop/proof.ts'
export type { ProofKey } from '../verify/dpop/proof-key.ts'
