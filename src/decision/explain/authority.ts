import type { Rule } from '../../verify/authority/rule.ts'
import type { Objected } from '../authority.ts'
import type { Evidence } from '../evidence.ts'
import type { Judged } from './explain.ts'
import type { Comparison } from './steps.ts'

/** The route's table of authority, rule by rule: whether one objected, `decide` has written down. */
export function* compareAuthority({ evidence }: Judged): Iterable<Comparison> {
  for (const rule of evidence.route?.demands?.authority ?? []) yield compareRule(rule, evidence, 'head')
}

/** A rule beside what it objected to in the head, or in the body. */
export function compareRule(rule: Rule, { objected, token }: Evidence, part: Objected['part']): Comparison {
  const held = rule.name.includes('scope') ? `${[...(token?.scopes ?? [])].join(' ') || 'no scope'}` : ''
  if (objected?.rule !== rule || objected.part !== part)
    return { codes: [], what: rule.name, came: held || 'fulfilled', wanted: rule.cite }
  const { denial, detail, challenge } = objected.objection
  const wanted = Object.entries(challenge).map(([name, value]) => `${name} ${value}`)
  return {
    codes: [denial.code],
    what: rule.name,
    came: held === '' ? detail : `${held}: ${detail}`,
    wanted: wanted.join(', ') || rule.cite,
  }
}
