import { D } from './denials.ts'
import type { Objection, Rule } from './rule.ts'

/** How a user must have been authenticated, for the whole route: every challenge says all of it (RFC 9470 §3). */
export interface Authentication {
  /** `acr` values, the preferred one first; empty: any will do. */
  readonly acr: readonly string[]
  /** Seconds since `auth_time`; null: any age will do. */
  readonly maxAge: number | null
}

/** The user was authenticated in one of these ways, by the token's `acr` (RFC 9470 §6). Absent is none of them. */
export function acrIn(acceptable: readonly string[], whole: Authentication, name = 'acr'): Rule {
  return {
    name,
    cite: 'RFC 9470 §3',
    check: ({ token }) => {
      const { acr } = token.claims
      if (typeof acr === 'string' && acceptable.includes(acr)) return undefined
      const detail = `acr ${acr === undefined ? 'is absent' : typeof acr === 'string' ? 'is another' : 'is no text'}`
      return { denial: D.ACR_INSUFFICIENT, detail, challenge: stepUp(whole) }
    },
    checkBody: null,
    values: ({ token }) => ({ came: token.claims['acr'], wanted: acceptable.join(' or ') }),
  }
}

/** The user was authenticated so many seconds ago at most, by the token's `auth_time` and the leeway for its issuer's clock. */
export function authenticatedWithin(maxAge: number, whole: Authentication, name = 'max_age'): Rule {
  return {
    name,
    cite: 'RFC 9470 §3',
    check: ({ token }, now) => {
      const { auth_time: time } = token.claims
      const skew = token.trust.clockSkew
      let detail: string
      if (typeof time !== 'number')
        detail = time === undefined ? 'auth_time is absent' : 'auth_time is no number'
      else if (time > now + skew) detail = `auth_time lies ${time - now} s ahead`
      else if (now - time > maxAge + skew) detail = `authenticated ${now - time} s ago`
      else return undefined
      return { denial: D.AUTHENTICATION_TOO_OLD, detail, challenge: stepUp(whole) }
    },
    checkBody: null,
    values: ({ token }, now) => ({
      came: token.claims['auth_time'],
      wanted: `at most ${maxAge} s before ${now}`,
    }),
  }
}

function stepUp({ acr, maxAge }: Authentication): Objection['challenge'] {
  return {
    ...(acr.length === 0 ? {} : { acr_values: acr.join(' ') }),
    ...(maxAge === null ? {} : { max_age: String(maxAge) }),
  }
}
