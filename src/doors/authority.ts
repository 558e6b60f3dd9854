/** Rules of authority: scopes, claims, grant, step-up (RFC 6750 §3.1, RFC 9470). A rule of one's own has the same type. */
export { type Authentication, acrIn, authenticatedWithin } from '../verify/authority/authentication.ts'
export { type ClaimDemand, claimIs } from '../verify/authority/claims.ts'
export { D as authorityDenials } from '../verify/authority/denials.ts'
export { grantIs } from '../verify/authority/grant.ts'
export { type Pointer, parsePointer } from '../verify/authority/pointer.ts'
export type {
  AuthoritySubject,
  Objection,
  PathParameters,
  Rule,
  RuleValues,
} from '../verify/authority/rule.ts'
export { scopeAnyGranted, scopesGranted } from '../verify/authority/scope.ts'
