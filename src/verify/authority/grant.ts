import type { Grant } from '../access-token/dialect.ts'
import { D } from './denials.ts'
import { objectionOf, type Rule } from './rule.ts'

/**
 * For whom the token must speak: a user, or the client itself (RFC 9700 §4.15). How its issuer says so is the dialect's
 * to know; a token that names no subject speaks for no user.
 */
export function grantIs(wanted: Grant, name = 'grant'): Rule {
  return {
    name,
    cite: 'RFC 9700 §4.15',
    check: ({ token: { grant, subject } }) => {
      if (grant !== null && grant !== wanted)
        return objectionOf(D.GRANT_INSUFFICIENT, `${grant} instead of ${wanted}`)
      if (grant === null || (wanted === 'user' && subject === null))
        return objectionOf(D.GRANT_INSUFFICIENT, 'no subject')
      return undefined
    },
    checkBody: null,
    values: ({ token }) => ({ came: token.grant ?? undefined, wanted }),
  }
}
