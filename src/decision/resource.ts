import type { UnixSeconds } from '../domain/check.ts'
import type { IntrospectionSource, KeySource, Revocations, StatusLists } from '../domain/ports.ts'
import { noCounts } from '../domain/route-counts.ts'
import type { Dialect } from '../verify/access-token/dialect.ts'
import { dialects } from '../verify/access-token/dialects.ts'
import type { IssuerTrust } from '../verify/access-token/issuer-trust.ts'
import { type KnownTokens, knownTokens } from '../verify/access-token/known-tokens.ts'
import { scopeSets } from '../verify/access-token/scope-sets.ts'
import type { Rule } from '../verify/authority/rule.ts'
import { scopesGranted } from '../verify/authority/scope.ts'
import { NonceMint, nonceLife } from '../verify/dpop/nonce.ts'
import type { DpopRules } from '../verify/dpop/proof.ts'
import { knownKeys } from '../verify/dpop/proof-key.ts'
import { allow } from '../verify/jose/algorithms.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { PROBLEM, type Renderer } from './answer-body.ts'
import { namedSegments } from './path-parameters.ts'
import { type Sender, schemesOf } from './possession.ts'
import { BARE_ROUTE, type Demands, type Route } from './route.ts'
import { Router } from './router.ts'
import { type ListenerRules, originsOf } from './scan.ts'
import type { Snapshot } from './snapshot.ts'

/** What a server of one's own protects, where no configuration file says it. What is left out is as in the gateway. */
export interface Resource {
  readonly issuers: readonly TrustedIssuer[]
  readonly routes: readonly ResourceRoute[]
  /**
   * When the ledger of spent proofs began, Unix seconds: what was made earlier may have been spent, so a nonce is asked
   * for. That is the start of the process where the ledger is in its memory. Until then each compilation knows its own
   * nonces alone, so a process compiles its routes once.
   */
  readonly since: UnixSeconds
  /** Of DPoP nonces, each of at least 32 characters; the first makes them, all are accepted. Replicas share them. */
  readonly nonceSecrets: readonly [string, ...string[]]
  /** Null: none can be taken back before it expires. */
  readonly revocations?: Revocations | null
  /** How refusals are written; `PROBLEM` unless it is said. */
  readonly renderer?: Renderer
  /** What is written about codes begins with this. */
  readonly documentation?: string
  /** Tokens that were verified; some ten to twenty thousand unless another memo is given. What that must promise is said of the type. */
  readonly tokens?: KnownTokens
}

/** An authorization server. */
export interface TrustedIssuer {
  /** `iss` of its tokens, compared octet for octet. */
  readonly issuer: string
  /** `aud` that its tokens must have, one of these. */
  readonly audience: readonly string[]
  readonly keys: KeySource<VerificationKey>
  /** Who is asked about tokens, instead of verifying them here. */
  readonly introspection?: IntrospectionSource
  /** Status lists of its tokens; without them a token that has a status is not let through. */
  readonly statusLists?: StatusLists
  readonly dialect?: Dialect
  readonly algorithms?: readonly string[]
}

export interface ResourceRoute {
  /** `/accounts/*` or `/accounts/**`, as in the configuration of the gateway. */
  readonly path: string
  /** Null: all. */
  readonly methods?: readonly string[] | null
  /** Scopes that the token must have, all of them. */
  readonly scope?: readonly string[]
  /** How the token may be bound: one of these must be proved, and every `cnf` member that we know as well. */
  readonly sender?: readonly Sender[]
  readonly nonce?: 'off' | 'optional' | 'required'
  /** Rules of one's own, after that of the scope. */
  readonly authority?: readonly Rule[]
  /** No credential is asked for. */
  readonly isPublic?: boolean
}

/** A snapshot for `decide`, with what FAPI 2.0 asks for where nothing else is said. */
export function compileResource(resource: Resource): Snapshot {
  const issuers = resource.issuers.map(compileIssuer)
  const nonces = {
    mint: new NonceMint(resource.nonceSecrets),
    since: resource.since,
    early: NonceMint.unshared(),
    datesBefore: resource.since,
  }
  const keys = knownKeys(MEMO)
  const routes = resource.routes.map((route) => {
    const { path, methods = null } = route
    const mode = route.nonce ?? 'off'
    const dpop: DpopRules = {
      algorithms: allow(ALGORITHMS),
      maxAge: MAX_AGE,
      clockSkew: CLOCK_SKEW,
      nonce: { mode, age: nonceLife(mode, NONCE_AGE, MAX_AGE), ...nonces },
      unknownBefore: resource.since + CLOCK_SKEW,
      keys,
    }
    return [{ path, hosts: null, methods }, compileRoute(route, issuers, dpop)] as const
  })
  return Object.freeze({
    id: 'library',
    router: new Router(routes),
    answers: {
      renderer: resource.renderer ?? PROBLEM,
      documentation: resource.documentation ?? null,
      echoes: [],
    },
    tokens: resource.tokens ?? knownTokens(MEMO),
    revocations: resource.revocations ?? { hits: () => false },
  })
}

/** What `scan` and `requestFacts` let in: requests to these https origins, in normal form. */
export function listenerRules(publicOrigins: readonly string[]): ListenerRules {
  return {
    origins: originsOf(publicOrigins),
    fieldCount: FIELD_COUNT,
    bodyLimit: BODY_LIMIT,
  }
}

function compileIssuer(trusted: TrustedIssuer): IssuerTrust {
  return {
    name: trusted.issuer,
    issuer: trusted.issuer,
    tenants: null,
    dialect: trusted.dialect ?? dialects.rfc9068,
    audience: new Set(trusted.audience),
    algorithms: allow(trusted.algorithms ?? ALGORITHMS),
    clockSkew: CLOCK_SKEW,
    maxLifetime: null,
    keys: trusted.keys,
    introspection: trusted.introspection ?? null,
    // As where it is asked: who answers for a token also knows whether it was taken back.
    status:
      trusted.introspection !== undefined
        ? null
        : {
            required: false,
            origins: new Set([new URL(trusted.issuer).origin]),
            allowsUnavailable: false,
            lists: trusted.statusLists ?? NO_LISTS,
          },
    opener: null,
    encrypts: false,
    scopeSets: scopeSets(),
  }
}

function compileRoute(route: ResourceRoute, issuers: readonly IssuerTrust[], dpop: DpopRules): Route {
  const { path, isPublic = false } = route
  return {
    ...BARE_ROUTE,
    id: `${route.methods?.join(',') ?? '*'} ${path}`,
    counts: noCounts(),
    demands: isPublic ? null : compileDemands(route, issuers, dpop),
    segments: namedSegments(path),
    holding: { size: HELD_BODY, within: HELD_WITHIN },
  }
}

function compileDemands(
  { scope = [], sender = ['dpop', 'mtls'], authority = [] }: ResourceRoute,
  issuers: readonly IssuerTrust[],
  dpop: DpopRules,
): Demands {
  const possession = { senders: sender, strictConfirmation: false, acceptsBearer: false }
  return {
    issuers,
    possession,
    dpop,
    authority: [...(scope.length === 0 ? [] : [scopesGranted(scope)]), ...authority],
    consent: null,
    body: [],
    scopes: scope,
    detailTypes: [],
    schemes: schemesOf(possession),
    signature: null,
    signedAnswers: null,
  }
}

const NO_LISTS: StatusLists = { held: () => 'unavailable', ask: () => Promise.resolve() }

/** The defaults of the configuration; a test compares them. */
const ALGORITHMS = ['PS256', 'ES256', 'EdDSA', 'Ed25519']
/** Seconds. */
const MAX_AGE = 60
const CLOCK_SKEW = 10
const NONCE_AGE = 300
/** Milliseconds. */
const HELD_WITHIN = 30_000
const FIELD_COUNT = 100
/** Octets. */
const BODY_LIMIT = 10 * 2 ** 20
const HELD_BODY = 2 ** 20
const MEMO = 10_000
