import { decide } from '../../../src/decision/decide.ts'
import { Evidence } from '../../../src/decision/evidence.ts'
import { type Explanation, explain } from '../../../src/decision/explain/explain.ts'
import type { Route } from '../../../src/decision/route.ts'
import { isDenial } from '../../../src/domain/denial.ts'
import { Need } from '../../../src/domain/need.ts'
import type { RequestFacts } from '../../../src/domain/request-facts.ts'
import { NOW } from '../../support/clock.ts'
import { aKey } from '../../support/keys.ts'
import { aProof } from '../../support/proof.ts'
import { aRequest } from '../../support/request.ts'
import { aRoute, aSnapshot } from '../../support/route.ts'
import { aToken } from '../../support/token.ts'

/** What is told of a request, as it is judged. */
export function explained(
  changes: Partial<RequestFacts> = {},
  route: Route = aRoute(),
  now = NOW,
): Explanation {
  const evidence = new Evidence()
  const facts = aRequest(changes)
  const verdict = decide(facts, aSnapshot(route), evidence, now)
  const refused = verdict instanceof Need ? verdict.otherwise : isDenial(verdict) ? verdict : null
  return explain({ facts, evidence, body: null, refused, now })
}

/** The step that refused it. */
export function refusedAt(explanation: Explanation) {
  return explanation.steps.find(({ state }) => state === 'refused')
}

/** A token, and a proof with these claims in place of the right ones. */
export const proved = (claims: object, header = {}, key = aKey('ES256', 'client')) => {
  const token = aToken()
  return { authorization: `DPoP ${token}`, dpop: aProof(token, { claims: { ...claims }, header, key }) }
}
