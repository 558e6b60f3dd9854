import type { Demands } from '../decision/route.ts'
import type { ShadowRule } from '../decision/shadow.ts'
import type { Document, PolicyDocument, RequireDocument, RouteDocument } from './document.ts'

/** What is enforced on a route: all that it demands but for policies that only watch, and nothing where it only watches itself. */
export function enforcedOf({ require, enforce }: RouteDocument, document: Document): RequireDocument | null {
  if (require === undefined || enforce === 'shadow') return null
  return withoutWatching(require, document)
}

/**
 * What only watches on a route, each as the route would be judged with it. A rule is judged beside all that is enforced, so
 * what it refuses is what it would refuse.
 */
export function compileShadow(
  { require, enforce }: RouteDocument,
  document: Document,
  demandsOf: (require: RequireDocument) => Demands,
): readonly ShadowRule[] {
  if (require === undefined) return UNWATCHED
  const enforced = withoutWatching(require, document)
  if (enforce === 'shadow') return [{ name: '*', demands: demandsOf(enforced) }]
  const watching = require.policy.filter((name) => !enforced.policy.includes(name))
  const rules = [
    ...watching.map((name) => {
      const whole = { ...enforced, policy: [...enforced.policy, name] }
      const demands = demandsOf(withPolicy(whole, document.policies[name] as PolicyDocument))
      return { name: `policies.${name}`, demands }
    }),
    ...Object.entries(require.shadow).map(([name, value]) => ({
      name,
      demands: demandsOf(withSaid(enforced, { [name]: value })),
    })),
  ]
  return rules.length === 0 ? UNWATCHED : rules
}

function withoutWatching(require: RequireDocument, { policies }: Document): RequireDocument {
  return { ...require, policy: require.policy.filter((name) => policies[name]?.enforce !== 'shadow') }
}

/** The rules of authority of a policy are compiled by its name; of the rest the route would have the strictest. */
function withPolicy(require: RequireDocument, policy: PolicyDocument): RequireDocument {
  const { issuer, consent, sender, dpop, signature } = policy
  const { content_digest: digest, strict_confirmation: strict } = policy
  return {
    ...withSaid(require, {
      ...(consent === undefined ? {} : { consent }),
      ...(dpop === undefined ? {} : { dpop }),
      ...(signature === undefined ? {} : { signature }),
      ...(digest === undefined ? {} : { content_digest: digest }),
      ...(strict === undefined ? {} : { strict_confirmation: strict }),
    }),
    issuer: inCommon(require.issuer, issuer),
    sender: inCommon(require.sender, sender),
    // A policy that is silent about danger does not allow it.
    danger_accept_bearer: require.danger_accept_bearer && policy.danger_accept_bearer === true,
  }
}

/** What both allow. Where that is nothing, what the policy does: the rule then refuses whatever the route lets pass. */
function inCommon<Word>(own: readonly Word[], theirs: readonly Word[] = own): readonly Word[] {
  const both = own.filter((each) => theirs.includes(each))
  return both.length > 0 ? both : theirs
}

/** Lists and mappings of rules add up, anything else is as it is said. */
function withSaid(require: RequireDocument, said: RequireDocument['shadow']): RequireDocument {
  const { scope = [], condition = [], authorization_details: details = [] } = said
  return {
    ...require,
    ...said,
    scope: [...require.scope, ...scope],
    condition: [...require.condition, ...condition],
    authorization_details: [...require.authorization_details, ...details],
    claims: { ...require.claims, ...said.claims },
    dpop: { ...require.dpop, ...said.dpop },
  }
}

/** One for all. */
const UNWATCHED: readonly ShadowRule[] = []
