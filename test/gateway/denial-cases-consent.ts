import type { Members } from '../support/jws.ts'
import { credentials, token } from '../support/wire-tokens.ts'
import { type DenialCase, plainly } from './denial-case.ts'

const GOOD = { status: 'AUTHORISED', client_id: 'tpp-1', permissions: ['ReadBalances'] }

/** What the consent service of these cases has, by path. */
export const CONSENTS: ReadonlyMap<string, Members> = new Map(
  Object.entries({
    other: { ...GOOD, client_id: 'tpp-2' },
    revoked: { ...GOOD, status: 'REVOKED' },
    ended: { ...GOOD, expires_at: '2020-01-01T00:00:00Z' },
    narrow: { ...GOOD, permissions: ['ReadAccounts'] },
    odd: { ...GOOD, status: 7 },
  }).map(([id, consent]) => [`/consents/${id}`, consent]),
)

/** Every refusal for want of the customer's consent. */
export const CONSENT_DENIALS: readonly DenialCase[] = [
  refused('CONSENT_ABSENT', undefined),
  refused('CONSENT_UNKNOWN', 'nowhere'),
  refused('CONSENT_OWNER', 'other'),
  refused('CONSENT_STATE', 'revoked'),
  refused('CONSENT_EXPIRED', 'ended'),
  refused('CONSENT_PERMISSION', 'narrow'),
  plainly('CONSENT_UNAVAILABLE', 503, 'RFC 9110 §15.6.4', () => consented('odd')),
]

function refused(code: string, id: string | undefined): DenialCase {
  return plainly(code, 403, 'FAPI2-SP §5.3.4(4)', () => consented(id))
}

function consented(id: string | undefined) {
  const accessToken = token({ claims: { consent_id: id } })
  return { path: '/consented', fields: credentials('/consented', { accessToken }) }
}
