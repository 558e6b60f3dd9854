import { isJsonObject, isStrings, type JsonObject } from '../../codec/json.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import type { AccessToken } from '../access-token/token.ts'
import { D } from './denials.ts'
import { type AuthoritySubject, type Objection, objectionOf, type Rule } from './rule.ts'
import { compareWith, type ValueMatch } from './value-match.ts'

/** What one object of `authorization_details` must say (RFC 9396 §2); all of it together, in the same object. */
export interface DetailDemand {
  readonly type: string
  /** By the name of the common field: values that the object's list must all contain. */
  readonly lists: readonly (readonly [ListField, readonly string[]])[]
  readonly matches: readonly ValueMatch[]
}

export type ListField = 'locations' | 'actions' | 'datatypes' | 'privileges'

/**
 * One of the token's authorization details must cover the request. Values are never put together from two of them: inside
 * one object its lists multiply (RFC 9396 §2.2). Types that are not asked for grant nothing (§9). Comparison is exact (§12).
 */
export function detailCovers(demand: DetailDemand, name: string): Rule {
  const asksBody = demand.matches.some(({ source }) => source === 'body')
  return {
    name,
    cite: 'RFC 9396 §9',
    check: (subject) => {
      const found = covering(demand, subject)
      return typeof found === 'string' ? objectionOf(D.AUTHORIZATION_DETAILS_INSUFFICIENT, found) : undefined
    },
    checkBody: asksBody ? (subject, body) => checkBody(demand, subject, body) : null,
    values: () => ({ wanted: told(demand) }),
  }
}

/** What is asked for, without a look at the request. */
function told({ type, lists, matches }: DetailDemand): string {
  return [
    `type ${type}`,
    ...lists.map(([field, wanted]) => `${field} ${wanted.join(' ')}`),
    ...matches.map(
      (match) => `${match.title} as ${match.source === 'path' ? `{${match.parameter}}` : match.field}`,
    ),
  ].join(', ')
}

/** The details that cover what the head asks for, or why there is none. */
function covering(demand: DetailDemand, subject: AuthoritySubject): readonly JsonObject[] | string {
  const claim = subject.token.claims['authorization_details']
  if (claim === undefined) return 'the token has none'
  if (!Array.isArray(claim) || !claim.every(isDetail)) return 'they are no list of objects with a type'
  const ofType = claim.filter(({ type }) => type === demand.type)
  if (ofType.length === 0) return `none is of type ${demand.type}`
  const objections = ofType.map((detail) => objectionTo(detail, demand, subject))
  const found = ofType.filter((_, index) => objections[index] === undefined)
  return found.length > 0 ? found : objections.join('; ')
}

function isDetail(value: unknown): value is JsonObject & { readonly type: string } {
  return isJsonObject(value) && typeof value['type'] === 'string'
}

function objectionTo(
  detail: JsonObject,
  demand: DetailDemand,
  subject: AuthoritySubject,
): string | undefined {
  for (const [field, wanted] of demand.lists) {
    const has = detail[field]
    if (!isStrings(has)) return `${field} ${has === undefined ? 'is absent' : 'is no list of texts'}`
    const missing = wanted.filter((each) => !has.includes(each))
    if (missing.length > 0) return `${field} lacks ${missing.join(' ')}`
  }
  if (!demand.lists.some(([field]) => field === 'locations') && !isForUs(detail['locations'], subject))
    return 'locations names other places'
  for (const match of demand.matches) {
    if (match.source !== 'path') continue
    const value = subject.parameters.get(match.parameter)
    const outcome = compareWith(match, detail, value)
    if (outcome !== 'equal') return `${match.title} is ${outcome} beside {${match.parameter}}`
  }
  return undefined
}

/** RFC 9396 §2.2: a detail that names locations grants nothing elsewhere. They name us by our audience, or by a URI that the request is under. */
function isForUs(locations: unknown, { token, facts }: AuthoritySubject): boolean {
  if (locations === undefined) return true
  return isStrings(locations) && locations.some((each) => isLocation(each, token, facts))
}

function isLocation(location: string, token: AccessToken, { targetUri }: RequestFacts): boolean {
  if (token.trust.audience.has(location) || location === targetUri) return true
  return (
    /^https:\/\/./.test(location) && targetUri.startsWith(location.endsWith('/') ? location : `${location}/`)
  )
}

/** A detail that covers the head must cover the body as well; the same one. */
function checkBody(demand: DetailDemand, subject: AuthoritySubject, body: JsonObject): Objection | undefined {
  const matches = demand.matches.filter((match) => match.source === 'body')
  for (const match of matches) {
    const value = match.read(body)
    if (value === 'twice') return objectionOf(D.BODY_JSON, `${match.field} stands there twice`)
    if (value === undefined) return objectionOf(D.BODY_FIELD_ABSENT, match.field)
    if (match.normal(value) === undefined) return objectionOf(D.BODY_FIELD_TYPE, match.field)
  }
  const found = covering(demand, subject)
  if (typeof found === 'string') return objectionOf(D.AUTHORIZATION_DETAILS_INSUFFICIENT, found)
  const objections = found.map((detail) => {
    const differs = matches
      .map((match) => [match, compareWith(match, detail, match.read(body))] as const)
      .find(([, outcome]) => outcome !== 'equal')
    return differs === undefined
      ? undefined
      : `${differs[0].title} is ${differs[1]} beside ${differs[0].field}`
  })
  if (objections.includes(undefined)) return undefined
  return objectionOf(D.AUTHORIZATION_DETAILS_BODY, objections.join('; '))
}
