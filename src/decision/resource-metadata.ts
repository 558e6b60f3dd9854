import type { JsonObject } from '../codec/json.ts'
import type { Demands } from './route.ts'

/**
 * What a protected resource says of itself (RFC 9728 §2), read off the very demands that its routes are judged by, so that it
 * cannot say otherwise. A member that would be empty is left out (§3.2). Of several routes it says what holds for each: all
 * authorization servers, scopes and algorithms of our signatures, but only those algorithms that every one of them takes.
 */
export function resourceMetadata(
  demands: readonly Demands[],
  { authority, asksForCertificates }: Surroundings,
): JsonObject {
  const proving = demands.filter(({ possession }) => possession.senders.includes('dpop'))
  return filled({
    authorization_servers: union(demands.map(({ issuers }) => issuers.flatMap(issuerNames))),
    scopes_supported: union(demands.map(({ scopes }) => scopes)),
    authorization_details_types_supported: union(demands.map(({ detailTypes }) => detailTypes)),
    // RFC 6750 §2: tokens in a body or a query are not taken.
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: intersection(proving.map(({ dpop }) => [...dpop.algorithms.keys()])),
    resource_signing_alg_values_supported: union(
      demands.map(({ signedAnswers }) => signedAnswers?.signer.algorithms(authority) ?? []),
    ),
    dpop_bound_access_tokens_required: demands.every(isForDpopAlone),
    tls_client_certificate_bound_access_tokens:
      asksForCertificates && demands.some(({ possession }) => possession.senders.includes('mtls')),
  })
}

/** What the demands do not know. */
export interface Surroundings {
  /** Of the origin: which of our keys sign depends on it. */
  readonly authority: string
  /** Whether a listener of the origin asks for client certificates at all. */
  readonly asksForCertificates: boolean
}

function isForDpopAlone({ possession: { senders, acceptsBearer } }: Demands): boolean {
  return !acceptsBearer && senders.every((sender) => sender === 'dpop')
}

function issuerNames({ issuer, tenants }: Demands['issuers'][number]): readonly string[] {
  return tenants === null ? [issuer] : [...tenants.keys()]
}

function union(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].sort()
}

function intersection([first = [], ...others]: readonly (readonly string[])[]): readonly string[] {
  return first.filter((each) => others.every((list) => list.includes(each)))
}

function filled(members: { readonly [name: string]: readonly string[] | boolean }): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== false && (value === true || value.length > 0)),
  )
}
