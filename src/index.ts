/** The library door: the pure floors, nothing else. They do no I/O and never throw for what a client sent. */
export { normalTarget, readPath, sameTarget } from './codec/target-uri.ts'
export { type Asked, type Refusal, refusal } from './decision/challenge.ts'
export { decide } from './decision/decide.ts'
export { Evidence } from './decision/evidence.ts'
export type { Demands, Route } from './decision/route.ts'
export { type Pattern, Router } from './decision/router.ts'
export { type ListenerRules, type RawRequest, scan } from './decision/scan.ts'
export type { Snapshot } from './decision/snapshot.ts'
export { objectionTo } from './decision/spend.ts'
export { Admission, type Verdict } from './decision/verdict.ts'
export type { Check, UnixSeconds } from './domain/check.ts'
export { type Citation, specifications } from './domain/citation.ts'
export { Denial, isDenial } from './domain/denial.ts'
export { Need } from './domain/need.ts'
export type { PeerIdentity } from './domain/peer-identity.ts'
export type {
  Claim,
  IntrospectionSource,
  KeySource,
  Memo,
  Once,
  ReplayLedger,
  Revocations,
  StatusLists,
  TokenOpener,
} from './domain/ports.ts'
export type { RequestFacts } from './domain/request-facts.ts'
export type { Dialect, Grant } from './verify/access-token/dialect.ts'
export { dialects } from './verify/access-token/dialects.ts'
export { extractCredentials, type Presented } from './verify/access-token/extract.ts'
export type { AccessToken } from './verify/access-token/token.ts'
export { type Fetched, verifyToken } from './verify/access-token/verify.ts'
export { type IssuerTrust, verifyAccessToken } from './verify/access-token/verify-jwt.ts'
export { type BoundToken, checkProof, type DpopRules } from './verify/dpop/proof.ts'
export { type Algorithm, algorithms, allow } from './verify/jose/algorithms.ts'
export { readJwkSet, type VerificationKey } from './verify/jose/jwk-set.ts'
export { type PublicJwk, readPublicJwk } from './verify/jose/public-key.ts'
export { thumbprint } from './verify/jose/thumbprint.ts'
export { checkCertificateBinding } from './verify/mtls/binding.ts'
export { checkStatus, type StatusRules } from './verify/status-list/check.ts'
export { verifyStatusListToken } from './verify/status-list/list-token.ts'
