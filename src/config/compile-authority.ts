import type { Demands } from '../decision/route.ts'
import { type Authentication, acrIn, authenticatedWithin } from '../verify/authority/authentication.ts'
import { claimNamesHolder } from '../verify/authority/certificate-name.ts'
import { roleStated } from '../verify/authority/certificate-role.ts'
import { type ClaimDemand, claimIs } from '../verify/authority/claims.ts'
import { conditionHolds } from '../verify/authority/condition.ts'
import { type DetailDemand, detailCovers } from '../verify/authority/details.ts'
import { grantIs } from '../verify/authority/grant.ts'
import { parsePointer } from '../verify/authority/pointer.ts'
import type { Rule } from '../verify/authority/rule.ts'
import { scopeAnyGranted, scopesGranted } from '../verify/authority/scope.ts'
import { matchBody, matchPath } from '../verify/authority/value-match.ts'
import { compileCondition, isMistake } from './condition.ts'
import type { Document, PolicyDocument, RequireDocument } from './document.ts'
import type { authority } from './schema/authority.ts'

type DetailDocument = RequireDocument['authorization_details'][number]
type ClaimDocument = RequireDocument['claims'][string]

type AuthorityDocument = Pick<RequireDocument, keyof typeof authority>

/** The rules of one place: of a policy, under its name, or of the route itself. */
interface Layer {
  readonly prefix: string
  readonly demands: AuthorityDocument
}

/**
 * The table of authority of a route: what its policies say, then what it says itself; all of it holds. How the user was
 * authenticated comes first, so that its challenge is not hidden by one about scope (RFC 9470 §3): with a new
 * authorization both can be mended.
 */
export function compileAuthority(
  require: RequireDocument,
  policies: Document['policies'],
): Pick<Demands, 'authority' | 'scopes' | 'detailTypes'> {
  const layers: Layer[] = [
    ...require.policy.map((name) => ({
      prefix: `policies.${name}.`,
      demands: policies[name] as PolicyDocument,
    })),
    { prefix: '', demands: require },
  ]
  const whole = authenticationOf(layers)
  return {
    authority: [
      ...layers.flatMap((layer) => [...authenticationRules(layer, whole)]),
      ...layers.flatMap((layer) => [...rulesOf(layer)]),
    ],
    scopes: distinct(layers, ({ scope, scope_any: any }) => [...scope, ...(any ?? [])]),
    detailTypes: distinct(layers, (demands) => demands.authorization_details.map(({ type }) => type)),
  }
}

function distinct(layers: readonly Layer[], of: (demands: AuthorityDocument) => readonly string[]): string[] {
  return [...new Set(layers.flatMap(({ demands }) => of(demands)))]
}

/** What a new authentication must be to please every layer. */
function authenticationOf(layers: readonly Layer[]): Authentication {
  const said = layers.flatMap(({ demands: { acr } }) => (acr === undefined ? [] : [acr]))
  const acr = (said.at(-1) ?? []).filter((each) => said.every((list) => list.includes(each)))
  const ages = layers.flatMap(({ demands: { max_age: age } }) => (age === undefined ? [] : [age / 1000]))
  // In whole seconds, as authorization servers take it (RFC 9470 §3).
  return { acr, maxAge: ages.length === 0 ? null : Math.floor(Math.min(...ages)) }
}

function* authenticationRules({ prefix, demands }: Layer, whole: Authentication): Iterable<Rule> {
  if (demands.acr !== undefined) yield acrIn(demands.acr, whole, `${prefix}acr`)
  if (demands.max_age !== undefined)
    yield authenticatedWithin(demands.max_age / 1000, whole, `${prefix}max_age`)
}

function* rulesOf({ prefix, demands }: Layer): Iterable<Rule> {
  if (demands.scope.length > 0) yield scopesGranted(demands.scope, `${prefix}scope`)
  if (demands.scope_any !== undefined) yield scopeAnyGranted(demands.scope_any, `${prefix}scope_any`)
  if (demands.grant !== undefined) yield grantIs(demands.grant, `${prefix}grant`)
  if (demands.psd2_role !== undefined) yield roleStated(demands.psd2_role, `${prefix}psd2_role`)
  for (const [name, demand] of Object.entries(demands.claims)) {
    yield claimRule(name, demand, `${prefix}claims.${name}`)
  }
  for (const [index, demand] of demands.authorization_details.entries()) {
    yield detailCovers(compileDetail(demand), `${prefix}authorization_details[${index}]`)
  }
  for (const [index, text] of demands.condition.entries()) {
    const condition = compileCondition(text)
    // A condition with a mistake does not pass the check of the configuration; should one come here, it admits nobody.
    const total = isMistake(condition) ? () => condition.says : condition
    yield conditionHolds(total, `${prefix}condition[${index}]`)
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

function claimRule(title: string, demand: ClaimDocument, name: string): Rule {
  const pointer = parsePointer(title)
  if (typeof demand !== 'object' || !('certificate_subject' in demand))
    return claimIs(title, pointer, compileClaim(demand), name)
  const { certificate_subject: attribute, prefix = '' } = demand
  return claimNamesHolder(title, pointer, { attribute, prefix }, name)
}

function compileClaim(demand: Exclude<ClaimDocument, { readonly certificate_subject: string }>): ClaimDemand {
  if (Array.isArray(demand)) return { oneOf: demand }
  return typeof demand === 'object' ? demand : { oneOf: [demand] }
}
