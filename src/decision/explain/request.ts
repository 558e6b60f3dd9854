import { combinedValue, fieldValue } from '../../codec/field-scan.ts'
import { schemeOf } from '../../verify/access-token/extract.ts'
import { checkRequiredHeader, type HeaderForm } from '../required-headers.ts'
import type { Judged } from './explain.ts'
import type { Comparison } from './steps.ts'

export function* comparePreflight({ facts }: Judged): Iterable<Comparison> {
  if (facts === null) return
  yield {
    codes: ['CORS_ORIGIN'],
    what: 'origin',
    came: fieldValue(facts.fields, 'origin'),
    wanted: 'one of those that the route names',
  }
}

export function* compareRoute({ facts, evidence }: Judged): Iterable<Comparison> {
  if (facts === null) return
  const { route } = evidence
  const asked = `${facts.method} ${facts.authority}${facts.normalPath}`
  yield {
    codes: ['ROUTE_UNKNOWN', 'METHOD_UNKNOWN'],
    what: 'route',
    came: asked,
    wanted: route === null ? 'a route for this host, path and method' : route.id,
  }
}

export function* compareShape({ facts, evidence }: Judged): Iterable<Comparison> {
  const { route } = evidence
  if (facts === null || route === null) return
  yield {
    codes: ['PATH_PARAMETERS'],
    what: 'path parameters',
    came: facts.hasPathParameters ? 'some' : 'none',
    wanted: route.allowsPathParameters ? 'any' : 'none',
  }
  yield {
    codes: ['BODY_TOO_LARGE'],
    what: 'announced length',
    came: facts.contentLength === null ? 'not announced' : `${facts.contentLength} octets`,
    wanted: `at most ${route.bodyLimit ?? facts.bodyLimit} octets`,
  }
  yield {
    codes: ['FIELD_DUPLICATED'],
    what: 'credentials twice',
    came: facts.repeatedCredential ?? 'none',
    wanted: 'none',
  }
  for (const header of route.requiredHeaders) {
    const fault = checkRequiredHeader(facts.fields, header)
    yield {
      codes: fault === undefined ? [] : [fault.code],
      what: header.name,
      came: cameOf(combinedValue(facts.fields, header.name), header.form),
      wanted: header.isOptional ? `${header.form}, or none` : header.form,
    }
  }
  if (route.demands === null) return
  yield { codes: ['TOO_EARLY'], what: 'TLS early data', came: facts.isEarly ? 'yes' : 'no', wanted: 'no' }
}

/** What has no form may be a secret. */
function cameOf(value: string | null, form: HeaderForm): string | null {
  return value !== null && form === 'text' ? `${value.length} characters` : value
}

export function* compareCredential({ facts, evidence }: Judged): Iterable<Comparison> {
  if (facts === null) return
  const schemes = evidence.route?.demands?.schemes.join(' or ')
  yield {
    codes: ['TOKEN_IN_QUERY'],
    what: 'access_token in the query',
    came: evidence.presented === null && facts.query !== null ? 'the query is not shown' : 'none',
    wanted: 'none',
  }
  yield {
    codes: ['TOKEN_ABSENT'],
    what: 'scheme',
    came:
      facts.authorization === null ? 'no Authorization' : (schemeOf(facts.authorization) ?? 'another scheme'),
    wanted: schemes,
  }
  yield {
    codes: ['TOKEN_MALFORMED'],
    what: 'token',
    came: evidence.presented === null ? 'not one token' : `${evidence.presented.token.length} characters`,
    wanted: 'one token after the scheme',
  }
}
