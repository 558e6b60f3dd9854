/** Access tokens: JWTs (RFC 9068, RFC 8725), answers of introspection (RFC 7662), and how they are presented (RFC 6750). */
export { D as accessTokenDenials } from '../verify/access-token/denials.ts'
export type { Dialect, Grant, GrantRule, ScopeSource } from '../verify/access-token/dialect.ts'
export { dialects } from '../verify/access-token/dialects.ts'
export { extractCredentials, Presented, type Scheme, schemeOf } from '../verify/access-token/extract.ts'
export { type KnownTokens, knownTokens } from '../verify/access-token/known-tokens.ts'
export type { AccessToken } from '../verify/access-token/token.ts'
export { type Fetched, verifyToken } from '../verify/access-token/verify.ts'
export { type IssuerTrust, verifyAccessToken } from '../verify/access-token/verify-jwt.ts'
