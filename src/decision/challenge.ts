import { combinedValue } from '../codec/field-scan.ts'
import type { Denial } from '../domain/denial.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { type Scheme, schemeOf } from '../verify/access-token/extract.ts'
import type { Objection } from '../verify/authority/rule.ts'
import { WANT_CONTENT_DIGEST } from '../verify/content-digest/answer.ts'
import { offerOf } from '../verify/message-signature/accept-signature.ts'
import { D as S } from '../verify/message-signature/denials.ts'
import { type Answered, answerBody, statusOf } from './answer-body.ts'
import { FORMS } from './required-headers.ts'
import type { Demands } from './route.ts'

/** The parts of a refusal that do not depend on the protocol it is sent with. */
export interface Refusal {
  readonly status: number
  /** Flat: name, value, name, value. */
  readonly fields: readonly string[]
  readonly body: string
}

/**
 * A denial as an answer: a body in the form that the configuration asks for, problem details (RFC 9457) unless it says
 * otherwise, and where credentials are the matter a challenge for each scheme that the route takes (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1).
 */
export function refusal(denial: Denial, asked: Asked): Refusal {
  const { answers } = asked
  const status = statusOf(denial, answers)
  const isChallenged = denial.challenged !== 'none' || status === 401
  const fields = ['content-type', answers.renderer.contentType, 'cache-control', 'no-store']
  if (asked.facts !== null && asked.demands !== null && isChallenged) {
    for (const challenge of challenges(denial, asked.facts, asked.demands, asked))
      fields.push('www-authenticate', challenge)
  }
  if (denial.code in S && denial.challenged !== 'none') {
    const offer = signatureOffer(asked)
    if (offer !== null) fields.push('accept-signature', offer)
  }
  if (denial.status === 405) fields.push('allow', asked.allowed().join(', '))
  if (denial.code.startsWith('DIGEST_') || denial === S.SIG_DIGEST_UNCOVERED)
    fields.push('want-content-digest', WANT_CONTENT_DIGEST)
  if (denial.status === 503) fields.push('retry-after', RETRY_AFTER)
  fields.push(...echoed(asked))
  return { status, fields, body: answerBody(denial, status, asked) }
}

/** What was asked, as far as the answer needs to know. */
export interface Asked extends Answered {
  /** Null where it could not be read. */
  readonly facts: RequestFacts | null
  /** Null where no route was found, or a public one. */
  readonly demands: Demands | null
  /** Where the metadata of the resource is (RFC 9728 §5.1); null: it is not published. */
  readonly metadata: string | null
  /** What a new token must have, where a rule of authority refused: `scope`, `acr_values`, `max_age`. */
  readonly wanted: Objection['challenge'] | null
  /** The methods of the resource, for the Allow field. */
  readonly allowed: () => readonly string[]
}

/** By what an ecosystem correlates answers and requests, as its APIs repeat it: `X-Request-ID`. */
function echoed({ facts, answers: { echoes } }: Asked): string[] {
  if (facts === null) return []
  return echoes.flatMap((name) => {
    const value = combinedValue(facts.fields, name)
    return value !== null && FORMS.uuid.test(value) ? [name, value] : []
  })
}

/** RFC 9421 §5.1: what a signature of this very request would have to cover and to say. */
function signatureOffer({ facts, demands }: Asked): string | null {
  if (facts === null || demands === null || demands.signature === null) return null
  return offerOf(demands.signature.rules, { request: facts, response: null }, facts.hasBody)
}

/** DPoP first. The error goes with the scheme that the client used where the route has it, else with all (RFC 9449 §7.2). */
function challenges(
  denial: Denial,
  { authorization, origin }: RequestFacts,
  { schemes, dpop }: Demands,
  { metadata, wanted }: Asked,
): string[] {
  const used = schemeOf(authorization)
  // A token bound in both ways comes under DPoP also where a certificate is what the route asks for.
  const offered: readonly Scheme[] =
    used === 'DPoP' && DPOP_ERRORS.has(denial.error) && !schemes.includes(used) ? [used, ...schemes] : schemes
  const single = denial.challenged === 'used' && used !== undefined && offered.includes(used) ? used : null
  return offered.map((scheme) => {
    const tells = denial.error !== '' && (single === null || single === scheme)
    const said: Objection['challenge'] = tells
      ? { error: denial.error, error_description: denial.says, ...wanted }
      : {}
    const parameters = [`realm="${origin}"`]
    for (const [name, value] of Object.entries(said)) parameters.push(`${name}="${quotable(value)}"`)
    if (scheme === 'DPoP') parameters.push(`algs="${[...dpop.algorithms.keys()].join(' ')}"`)
    if (metadata !== null) parameters.push(`resource_metadata="${metadata}"`)
    return `${scheme} ${parameters.join(', ')}`
  })
}

/** RFC 6750 §3: a description has neither quotes nor backslashes, and nothing beyond ASCII. */
function quotable(sentence: string): string {
  return sentence.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
}

const DPOP_ERRORS: ReadonlySet<string> = new Set(['invalid_dpop_proof', 'use_dpop_nonce'])
const RETRY_AFTER = '5'
