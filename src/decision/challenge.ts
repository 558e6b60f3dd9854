import type { Denial } from '../domain/denial.ts'
import { type Scheme, schemeOf } from '../verify/access-token/extract.ts'
import type { Demands } from './route.ts'

/** The parts of a refusal that do not depend on the protocol it is sent with. */
export interface Refusal {
  readonly status: number
  /** Flat: name, value, name, value. */
  readonly fields: readonly string[]
  readonly body: string
}

/**
 * A denial as an answer: problem details (RFC 9457) with the stable code and the clause, and where credentials are the
 * matter a challenge for each scheme that the route takes (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1).
 */
export function refusal(denial: Denial, asked: Asked): Refusal {
  const fields = ['content-type', 'application/problem+json', 'cache-control', 'no-store']
  if (asked.demands !== null && denial.challenged !== 'none') {
    for (const challenge of challenges(denial, asked.demands, asked))
      fields.push('www-authenticate', challenge)
  }
  if (denial.status === 405) fields.push('allow', asked.allowed().join(', '))
  if (denial.status === 503) fields.push('retry-after', RETRY_AFTER)
  return { status: denial.status, fields, body: problem(denial, asked.interactionId) }
}

/** What was asked, as far as the answer needs to know. */
export interface Asked {
  /** Null where no route was found, or a public one. */
  readonly demands: Demands | null
  readonly authorization: string | null
  readonly origin: string
  readonly interactionId: string
  /** The methods of the resource, for the Allow field. */
  readonly allowed: () => readonly string[]
}

/** DPoP first. The error goes with the scheme that the client used where the route has it, else with all (RFC 9449 §7.2). */
function challenges(
  denial: Denial,
  { schemes, dpop, scopes }: Demands,
  { authorization, origin }: Asked,
): string[] {
  const used = schemeOf(authorization)
  // A token bound in both ways comes under DPoP also where a certificate is what the route asks for.
  const offered: readonly Scheme[] =
    used === 'DPoP' && DPOP_ERRORS.has(denial.error) && !schemes.includes(used) ? [used, ...schemes] : schemes
  const single = denial.challenged === 'used' && used !== undefined && offered.includes(used) ? used : null
  return offered.map((scheme) => {
    const tells = denial.error !== '' && (single === null || single === scheme)
    const parameters = [`realm="${origin}"`]
    if (tells) parameters.push(`error="${denial.error}"`, `error_description="${quotable(denial.says)}"`)
    if (tells && denial.error === 'insufficient_scope') parameters.push(`scope="${scopes.join(' ')}"`)
    if (scheme === 'DPoP') parameters.push(`algs="${[...dpop.algorithms.keys()].join(' ')}"`)
    return `${scheme satisfies Scheme} ${parameters.join(', ')}`
  })
}

/** RFC 6750 §3: a description has neither quotes nor backslashes, and nothing beyond ASCII. */
function quotable(sentence: string): string {
  return sentence.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
}

/** RFC 9457 §3, with `code`, `cite` and the interaction id as extension members. */
export function problem(denial: Denial, interactionId: string): string {
  return JSON.stringify({
    type: `urn:holdfast:problem:${denial.code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[denial.status] ?? 'Refused',
    status: denial.status,
    detail: denial.says,
    code: denial.code,
    cite: denial.cite,
    instance: `urn:uuid:${interactionId}`,
  })
}

const DPOP_ERRORS: ReadonlySet<string> = new Set(['invalid_dpop_proof', 'use_dpop_nonce'])
const RETRY_AFTER = '5'
const TITLES: { readonly [status: number]: string } = {
  400: 'The request is malformed',
  401: 'The request is not authenticated',
  403: 'The access token does not suffice',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long',
  413: 'The body is too large',
  417: 'The expectation cannot be met',
  421: 'Wrong host',
  425: 'Too early',
  431: 'The fields are too large',
  500: 'The gateway failed',
  502: 'The upstream did not answer',
  503: 'The request cannot be judged now',
  504: 'The upstream took too long',
  508: 'The request goes in a circle',
}
