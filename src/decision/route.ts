import type { Denial } from '../domain/denial.ts'
import type { BodyCheck } from '../domain/held-body.ts'
import type { SignerSource } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { RouteCounts } from '../domain/route-counts.ts'
import type { Scheme } from '../verify/access-token/extract.ts'
import type { IssuerTrust } from '../verify/access-token/issuer-trust.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import type { ConsentDemand } from '../verify/authority/consent.ts'
import type { Rule } from '../verify/authority/rule.ts'
import type { DpopRules } from '../verify/dpop/proof.ts'
import type { SigningRules } from '../verify/message-signature/profile.ts'
import type { Answers } from './answer-body.ts'
import type { CorsRules } from './cors.ts'
import type { SignatureDemand } from './message-signature.ts'
import type { NamedSegment } from './path-parameters.ts'
import type { PossessionRules } from './possession.ts'
import type { Publication } from './publication.ts'
import type { RequiredHeader } from './required-headers.ts'
import type { ShadowRule } from './shadow.ts'
import type { AnswerDemand } from './sign-answer.ts'
import type { IdentityRules } from './upstream-identity.ts'

/** What a route demands, and where it leads. */
export interface Route {
  readonly id: string
  /** What became of its requests. Each route holds its own: with many, looking them up by name is most of what counting costs. */
  readonly counts: RouteCounts
  readonly upstream: string
  /** Null: public, no credential is asked for. */
  readonly demands: Demands | null
  /** Rules that only watch: their refusals are written down, and refuse nobody. */
  readonly shadow: readonly ShadowRule[]
  /** The segments that its path names. */
  readonly segments: readonly NamedSegment[]
  readonly allowsPathParameters: boolean
  /** What the API asks of the fields of every request, credentials apart. */
  readonly requiredHeaders: readonly RequiredHeader[]
  readonly forwardsToken: boolean
  /** Null: none for scripts of other origins. */
  readonly cors: CorsRules | null
  /** Octets; null: the listener's limit holds. */
  readonly bodyLimit: number | null
  /** How it is refused; null: as the configuration says. */
  readonly answers: Answers | null
  /** What holding a body may cost, where something must be judged of it first. */
  readonly holding: Holding
  /** How the upstream is told who asks; null: in header fields. */
  readonly identity: IdentityRules | null
  /** What the upstream is told of the client's certificate; null: no more than the thumbprint to which a token is bound. */
  readonly clientCert: ToldOfCertificate | null
  /** How what is forwarded is signed; null: it is not. */
  readonly forwardSigning: ForwardSigning | null
  /** Whether evidence is kept of its exchanges, with their bodies or without; null: none is. */
  readonly evidence: { readonly bodies: boolean } | null
  /** By public origin, where the metadata of the resource is (RFC 9728 §3); empty: it is not published. */
  readonly metadata: ReadonlyMap<string, string>
  /** What we answer with ourselves; null: the upstream answers. */
  readonly publication: Publication | null
}

/** Public, and nothing more, for whoever makes a route without a configuration file. */
export const BARE_ROUTE: Omit<Route, 'id' | 'counts'> = {
  upstream: '',
  demands: null,
  shadow: [],
  segments: [],
  allowsPathParameters: false,
  requiredHeaders: [],
  forwardsToken: false,
  cors: null,
  bodyLimit: null,
  answers: null,
  holding: { size: 0, within: 0 },
  identity: null,
  clientCert: null,
  forwardSigning: null,
  evidence: null,
  metadata: new Map(),
  publication: null,
}

/** The certificate itself, or those above it as well (RFC 9440 §2). */
export type ToldOfCertificate = 'leaf' | 'chain'

/** How a request is signed on its way to the upstream. */
export interface ForwardSigning {
  readonly rules: SigningRules
  readonly signers: SignerSource
}

export interface Holding {
  /** Octets. */
  readonly size: number
  /** Milliseconds that a body may take to arrive. */
  readonly within: number
}

/** What must be proved before a request may take the route. */
export interface Demands {
  readonly issuers: readonly IssuerTrust[]
  readonly possession: PossessionRules
  readonly dpop: DpopRules
  /** Null: requests need no signature. */
  readonly signature: SignatureDemand | null
  /** Null: answers are not signed. */
  readonly signedAnswers: AnswerDemand | null
  /** What the token must be enough for; asked in this order. */
  readonly authority: readonly Rule[]
  /** Null: no consent is asked for. */
  readonly consent: ConsentDemand | null
  /** Rules about bodies: where one has something to judge, the body is held back until it was. */
  readonly body: readonly BodyRule[]
  /** All the scopes among it, those that there is a choice of too, for whoever advertises them. */
  readonly scopes: readonly string[]
  /** The types of authorization details among it (RFC 9396 §2), for the same. */
  readonly detailTypes: readonly string[]
  /** The schemes under which a token can come here, in the order of the challenges. */
  readonly schemes: readonly Scheme[]
}

/**
 * Reads from the head of a request how its body is to be judged: by nothing (undefined), by a check, or not at all, because
 * the head says already that it must be refused. Asked of requests without a body as well: theirs is empty.
 */
export type BodyRule = (facts: RequestFacts, token: AccessToken) => BodyCheck | Denial | undefined
