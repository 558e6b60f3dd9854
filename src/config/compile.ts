import { hash } from 'node:crypto'
import { namedSegments } from '../decision/path-parameters.ts'
import type { RequiredHeader } from '../decision/required-headers.ts'
import type { Route } from '../decision/route.ts'
import { type Pattern, Router } from '../decision/router.ts'
import { type ListenerRules, originsOf } from '../decision/scan.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type {
  ClientKeys,
  ConsentSource,
  IntrospectionSource,
  KeySource,
  Memo,
  Revocations,
  SignerSource,
  StatusLists,
  TokenOpener,
} from '../domain/ports.ts'
import type { RouteCounts } from '../domain/route-counts.ts'
import type { IssuerTrust } from '../verify/access-token/issuer-trust.ts'
import type { KnownTokens } from '../verify/access-token/known-tokens.ts'
import { scopeSets } from '../verify/access-token/scope-sets.ts'
import type { NonceSource } from '../verify/dpop/nonce.ts'
import type { ProofKey } from '../verify/dpop/proof-key.ts'
import { allow, withBothNames } from '../verify/jose/algorithms.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { compileAnswers, compileRouteAnswers } from './compile-answers.ts'
import { compileCors } from './compile-cors.ts'
import { type CompileDemands, demandsCompiler } from './compile-demands.ts'
import { compileDialect } from './compile-dialect.ts'
import { compileIdentity } from './compile-identity.ts'
import { withPublications } from './compile-publications.ts'
import { compileShadow, enforcedOf } from './compile-shadow.ts'
import { compileForwardSigning } from './compile-signature.ts'
import { compileStatus } from './compile-status.ts'
import type {
  Document,
  IssuerDocument,
  ListenerDocument,
  RequireDocument,
  RouteDocument,
} from './document.ts'
import { TENANT } from './schema/issuer.ts'

/** What the rules are handed: the things that remember. */
export interface CompilePorts {
  /** The keys of an issuer, by its name in the configuration. */
  readonly keys: (issuer: string) => KeySource<VerificationKey>
  /** Null where the issuer's tokens are verified here. */
  readonly introspection: (issuer: string) => IntrospectionSource | null
  /** The status lists of an issuer, by its name in the configuration. */
  readonly statusLists: (issuer: string) => StatusLists
  readonly clientKeys: ClientKeys<VerificationKey>
  /** The keys of ours that sign for a route: those with these key ids; null: those for the host. */
  readonly signers: (keyIds: readonly string[] | null) => SignerSource
  /** Their public parts, as a JWK set. */
  readonly jwks: object
  readonly revocations: Revocations
  /** Who knows of consents, by its name in the configuration. */
  readonly consents: (service: string) => ConsentSource
  /** Who opens the encrypted tokens of an issuer, by its name; null: nobody. */
  readonly opener: (issuer: string) => TokenOpener | null
  readonly tokens: KnownTokens
  /** What became of a route's requests, by its id. */
  readonly counts: (route: string) => RouteCounts
  readonly dpopKeys: Memo<string, ProofKey>
  readonly nonces: NonceSource
  /** From which `iat` on proofs are judged by it where the route says so; before, by nonces alone. */
  readonly proofsSince: UnixSeconds
  /** From which `created` on a signature that goes with no proof, and may come only once, is judged. */
  readonly signaturesSince: UnixSeconds
  /** Fingerprint of what is in the files that the configuration names. */
  readonly materials: string
}

/** Document to Snapshot. Pure; whatever is costly is prepared here, so that requests only look things up. */
export function compile(document: Document, ports: CompilePorts): Snapshot {
  const trusts = new Map<string, IssuerTrust>()
  for (const [name, issuer] of Object.entries(document.issuers))
    trusts.set(name, compileIssuer(name, issuer, ports))
  const demands = demandsCompiler(document, trusts, ports)
  const routes = document.routes.map((route) => {
    const { path, hosts, methods } = route
    const pattern: Pattern = { path, hosts: hosts ?? null, methods: methods ?? null }
    return [pattern, compileRoute(route, document, demands, ports)] as const
  })
  return Object.freeze({
    id: hash('sha256', `${JSON.stringify(document)}${ports.materials}`, 'base64url').slice(0, 12),
    router: new Router(withPublications(routes, document, ports)),
    answers: compileAnswers(document),
    tokens: ports.tokens,
    revocations: ports.revocations,
  })
}

/** What the listener lets in, for the scan of its requests. */
export function compileListener(listener: ListenerDocument): ListenerRules {
  return {
    origins: originsOf(listener.public_origin),
    fieldCount: listener.limits.header_count,
    bodyLimit: listener.limits.body_size,
  }
}

function compileIssuer(name: string, issuer: IssuerDocument, ports: CompilePorts): IssuerTrust {
  return {
    name,
    issuer: issuer.issuer,
    tenants: compileTenants(issuer),
    dialect: compileDialect(issuer.dialect),
    audience: new Set(issuer.audience),
    algorithms: allow(withBothNames(issuer.algorithms)),
    clockSkew: issuer.clock_skew / 1000,
    maxLifetime: issuer.max_token_lifetime === undefined ? null : issuer.max_token_lifetime / 1000,
    keys: ports.keys(name),
    introspection: ports.introspection(name),
    // Who answers for a token also knows whether it was taken back.
    status: issuer.introspection === undefined ? compileStatus(issuer, ports.statusLists(name)) : null,
    opener: ports.opener(name),
    encrypts: issuer.require_encryption,
    scopeSets: scopeSets(),
  }
}

/** Each issuer of a template with its tenant; null: it is none. */
export function compileTenants({ issuer, tenants }: IssuerDocument): ReadonlyMap<string, string> | null {
  if (tenants === undefined) return null
  return new Map(tenants.map((tenant) => [issuer.replaceAll(TENANT, tenant), tenant]))
}

/** What records and metrics call a route: in one piece of memory, since each record is written with it. */
function routeId({ name, methods, hosts, path }: RouteDocument): string {
  const id = name ?? `${methods?.join(',') ?? '*'} ${hosts?.join(',') ?? ''}${path}`
  return Buffer.from(id).toString()
}

function compileRoute(
  route: RouteDocument,
  document: Document,
  demands: CompileDemands,
  ports: CompilePorts,
): Route {
  const enforced = enforcedOf(route, document)
  const told = document.upstreams[route.upstream]?.client_cert ?? 'off'
  const demandsOf = (require: RequireDocument) => demands(route, require)
  const id = routeId(route)
  return {
    id,
    counts: ports.counts(id),
    upstream: route.upstream,
    demands: enforced === null ? null : demandsOf(enforced),
    shadow: compileShadow(route, document, demandsOf),
    segments: namedSegments(route.path),
    allowsPathParameters: route.path_parameters,
    requiredHeaders: compileRequiredHeaders(route),
    forwardsToken: route.forward_token,
    cors: compileCors(route.cors),
    answers: compileRouteAnswers(route, document),
    bodyLimit: route.limits.body_size ?? null,
    holding: { size: route.limits.held_body_size, within: route.limits.held_body_timeout },
    identity: compileIdentity(route, document, ports),
    clientCert: told === 'off' ? null : told,
    forwardSigning: compileForwardSigning(route, document, ports),
    evidence: route.evidence === 'off' ? null : { bodies: route.evidence === 'bodies' },
    metadata: UNPUBLISHED,
    publication: null,
  }
}

function compileRequiredHeaders(route: RouteDocument): readonly RequiredHeader[] {
  const headers = [
    ...asked(route.required_headers, { isOptional: false }),
    ...asked(route.optional_headers, { isOptional: true }),
  ]
  return headers.length === 0 ? UNASKED : headers
}

function asked(
  headers: RouteDocument['required_headers'],
  { isOptional }: { readonly isOptional: boolean },
): readonly RequiredHeader[] {
  return Object.entries(headers).map(([name, form]) => ({ name: name.toLowerCase(), form, isOptional }))
}

/** One for all routes without any: a list of its own would be one more thing to fetch from memory in each request. */
const UNASKED: readonly RequiredHeader[] = []
const UNPUBLISHED: Route['metadata'] = new Map()
