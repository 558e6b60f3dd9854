import type { UnixSeconds } from '../domain/check.ts'
import type { Denial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import { type ConsentDemand, checkConsent } from '../verify/authority/consent.ts'
import type { Naming } from '../verify/authority/consent-id.ts'
import { objectionOf, type Rule } from '../verify/authority/rule.ts'
import type { Evidence } from './evidence.ts'

/** Whether the customer agreed to it, and leaves in the evidence what was against it. */
export function decideConsent(
  naming: Naming,
  demand: ConsentDemand,
  evidence: Evidence,
  now: UnixSeconds,
): Denial | Need | undefined {
  const objection = checkConsent(naming, demand, evidence, now)
  if (objection === undefined || objection instanceof Need) return objection
  const { denial, detail } = objection
  evidence.objected = { rule: CONSENT, part: 'head', objection: objectionOf(denial, detail) }
  return denial
}

/** As it stands among the rules of authority; it is not one of them, since it may have to ask somebody first. */
const CONSENT: Rule = {
  name: 'consent',
  cite: 'FAPI2-SP §5.3.4(4)',
  check: () => undefined,
  checkBody: null,
}
