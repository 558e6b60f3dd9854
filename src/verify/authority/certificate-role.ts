import { D } from './denials.ts'
import { objectionOf, type Rule } from './rule.ts'
import { notVouchedFor } from './vouched.ts'

/** The client certificate must state one of these roles of a payment service provider: a competent authority licensed its holder for it. */
export function roleStated(roles: readonly string[], name = 'psd2_role'): Rule {
  const wanted = roles.join(' or ')
  return {
    name,
    cite: 'TS 119 495 §5.2.2',
    check: ({ facts: { peer } }, now) => {
      const stated = peer?.roles ?? []
      const detail =
        notVouchedFor(peer, now) ??
        (roles.some((role) => stated.includes(role)) ? undefined : `${wanted} is not stated`)
      return detail === undefined ? undefined : objectionOf(D.CERTIFICATE_ROLE, detail)
    },
    checkBody: null,
    values: ({ facts: { peer } }) => ({ came: peer?.roles ?? [], wanted }),
  }
}
