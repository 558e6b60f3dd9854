import type { Rule, RuleValues } from '../../verify/authority/rule.ts'
import type { Objected } from '../authority.ts'
import type { Judged } from './explain.ts'
import { shown } from './shown.ts'
import type { Comparison } from './steps.ts'

/** The route's table of authority, rule by rule: whether one objected, `decide` has written down. */
export function* compareAuthority(judged: Judged): Iterable<Comparison> {
  for (const rule of judged.evidence.route?.demands?.authority ?? []) yield compareRule(rule, judged, 'head')
}

/** A rule beside what it objected to in the head, or in the body. */
export function compareRule(rule: Rule, judged: Judged, part: Objected['part']): Comparison {
  const { objected } = judged.evidence
  const values = valuesOf(rule, judged)
  const told = { what: rule.name, wanted: values.wanted, cite: rule.cite }
  if (objected?.rule !== rule || objected.part !== part)
    return { ...told, codes: [], came: 'came' in values ? values.came : 'fulfilled' }
  const { denial, detail } = objected.objection
  const came = values.came == null ? detail : `${shown(values.came)}: ${detail}`
  return { ...told, codes: [denial.code], came }
}

function valuesOf({ values }: Rule, { facts, evidence: { token }, now }: Judged): RuleValues {
  if (values === undefined || facts === null || token === null) return { wanted: 'no objection' }
  return values({ token, facts }, now)
}
