/** The decision: facts of a request, a snapshot of what is demanded, and the three answers. */
export { normalTarget, readPath, sameTarget } from '../codec/target-uri.ts'
export { type Answers, OAUTH, PROBLEM, type Renderer, type Template } from '../decision/answer-body.ts'
export { type Asked, type Refusal, refusal } from '../decision/challenge.ts'
export { decide } from '../decision/decide.ts'
export { decideBody, type Holds } from '../decision/decide-body.ts'
export { D as requestDenials } from '../decision/denials.ts'
export { Evidence } from '../decision/evidence.ts'
export { type ExplainedStep, type Explanation, explain, type Judged } from '../decision/explain/explain.ts'
export type { ProvedSignatures, SignatureDemand } from '../decision/message-signature.ts'
export { type NodeRequest, requestFacts } from '../decision/node-request.ts'
export {
  compileResource,
  listenerRules,
  type Resource,
  type ResourceRoute,
  type TrustedIssuer,
} from '../decision/resource.ts'
export type { Demands, Route } from '../decision/route.ts'
export { type Pattern, Router } from '../decision/router.ts'
export { type ListenerRules, type RawRequest, scan } from '../decision/scan.ts'
export { type Answer, type AnswerDemand, type DueSignature, signaturesDue } from '../decision/sign-answer.ts'
export type { Snapshot } from '../decision/snapshot.ts'
export { objectionTo, type Spendable, spend } from '../decision/spend.ts'
export { Admission, type Verdict } from '../decision/verdict.ts'
export type { Check, UnixSeconds } from '../domain/check.ts'
export { type Citation, specifications } from '../domain/citation.ts'
export { Denial, isDenial } from '../domain/denial.ts'
export { boundedMemo } from '../domain/memo.ts'
export { Need, type NeedKind } from '../domain/need.ts'
export type {
  Claim,
  Introspected,
  IntrospectionSource,
  KeySource,
  Memo,
  Once,
  ReplayLedger,
  Revocable,
  Revocations,
  SignedStatement,
  TokenOpener,
} from '../domain/ports.ts'
export type { RequestFacts } from '../domain/request-facts.ts'
