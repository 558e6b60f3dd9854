import { readConsentId } from '../../verify/authority/consent-id.ts'
import type { Judged } from './explain.ts'
import type { Comparison } from './steps.ts'

/** Which consent the token stands for, and what was against it. */
export function* compareConsent({ evidence, facts, refused }: Judged): Iterable<Comparison> {
  const demand = evidence.route?.demands?.consent
  const { token, objected } = evidence
  if (token === null || demand == null) return
  const id = readConsentId({ token, fields: facts?.fields ?? [] }, demand.places) ?? 'none, or several'
  yield { codes: ['CONSENT_ABSENT'], what: 'consent', came: id, wanted: `one that ${demand.service} knows` }
  const states = [...demand.states].join(' or ')
  const any = demand.permissionsAny === null ? [] : [demand.permissionsAny.join(' or ')]
  const wanted = [states, ...demand.permissions, ...any].join(', ')
  if (objected?.rule.name === 'consent')
    yield {
      codes: [objected.objection.denial.code],
      what: 'the consent',
      came: objected.objection.detail,
      wanted,
    }
  else if (refused?.code === UNKNOWN)
    yield { codes: [UNKNOWN], what: 'the consent', came: 'not known', wanted }
  else yield { codes: [], what: 'the consent', came: 'in force and wide enough', wanted }
}

/** Whoever keeps the consents gave no answer. */
const UNKNOWN = 'CONSENT_UNAVAILABLE'
