import type { Demands } from '../decision/route.ts'
import { type Authentication, acrIn, authenticatedWithin } from '../verify/authority/authentication.ts'
import { type ClaimDemand, claimIs } from '../verify/authority/claims.ts'
import { conditionHolds } from '../verify/authority/condition.ts'
import { type DetailDemand, detailCovers } from '../verify/authority/details.ts'
import { grantIs } from '../verify/authority/grant.ts'
import { parsePointer } from '../verify/authority/pointer.ts'
import type { Rule } from '../verify/authority/rule.ts'
import { scopeAnyGranted, scopesGranted } from '../verify/authority/scope.ts'
import { matchBody, matchPath } from '../verify/authority/value-match.ts'
import { compileCondition, isMistake } from './condition.ts'
import type { RequireDocument } from './document.ts'

type DetailDocument = RequireDocument['authorization_details'][number]

/**
 * The table of authority of a route. How the user was authenticated comes first, so that its challenge is not hidden by
 * one about scope (RFC 9470 §3): with a new authorization both can be mended.
 */
export function compileAuthority(
  require: RequireDocument,
): Pick<Demands, 'authority' | 'scopes' | 'detailTypes'> {
  return {
    authority: [...rulesOf(require)],
    scopes: [...require.scope, ...(require.scope_any ?? [])],
    detailTypes: require.authorization_details.map(({ type }) => type),
  }
}

function* rulesOf(require: RequireDocument): Iterable<Rule> {
  const { acr, max_age: age } = require
  const whole: Authentication = { acr: acr ?? [], maxAge: age === undefined ? null : age / 1000 }
  if (acr !== undefined) yield acrIn(acr, whole)
  if (whole.maxAge !== null) yield authenticatedWithin(whole.maxAge, whole)
  if (require.scope.length > 0) yield scopesGranted(require.scope)
  if (require.scope_any !== undefined) yield scopeAnyGranted(require.scope_any)
  if (require.grant !== undefined) yield grantIs(require.grant)
  for (const [name, demand] of Object.entries(require.claims)) {
    yield claimIs(name, parsePointer(name), compileClaim(demand))
  }
  for (const [index, demand] of require.authorization_details.entries()) {
    yield detailCovers(compileDetail(demand), `authorization_details[${index}]`)
  }
  for (const [index, text] of require.condition.entries()) {
    const condition = compileCondition(text)
    // A condition with a mistake does not pass the check of the configuration; should one come here, it admits nobody.
    yield conditionHolds(isMistake(condition) ? () => condition.says : condition, `condition[${index}]`)
  }
}

function compileDetail(demand: DetailDocument): DetailDemand {
  const fields = ['actions', 'locations', 'datatypes', 'privileges'] as const
  return {
    type: demand.type,
    lists: fields.flatMap((field) => (demand[field] === undefined ? [] : [[field, demand[field]] as const])),
    matches: Object.entries(demand.match).map(([member, { as, path, body = '' }]) =>
      path === undefined
        ? matchBody(member, parsePointer(member), as, body, parsePointer(body))
        : matchPath(member, parsePointer(member), as, path),
    ),
  }
}

function compileClaim(demand: RequireDocument['claims'][string]): ClaimDemand {
  if (Array.isArray(demand)) return { oneOf: demand }
  return typeof demand === 'object' ? demand : { oneOf: [demand] }
}
