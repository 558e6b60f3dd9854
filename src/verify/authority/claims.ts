import { D } from './denials.ts'
import { memberAt, type Pointer } from './pointer.ts'
import { objectionOf, type Rule } from './rule.ts'

/** What a claim must be. */
export type ClaimDemand =
  | { readonly present: boolean }
  /** One of these; a claim that is a list must contain one of them. */
  | { readonly oneOf: readonly ClaimValue[] }

export type ClaimValue = string | number | boolean

/** A claim of the token must be there, or be one of some values: compared as they stand, type and all (RFC 9068 §2.2.3). */
export function claimIs(
  title: string,
  pointer: Pointer,
  demand: ClaimDemand,
  name = `claims.${title}`,
): Rule {
  return {
    name,
    cite: 'RFC 9068 §4',
    check: ({ token }) => {
      const detail = objectionTo(memberAt(token.claims, pointer), demand)
      return detail === undefined ? undefined : objectionOf(D.CLAIM_INSUFFICIENT, `${title} ${detail}`)
    },
    checkBody: null,
    values: ({ token }) => ({ came: memberAt(token.claims, pointer), wanted: wantedBy(demand) }),
  }
}

function wantedBy(demand: ClaimDemand): unknown {
  if ('present' in demand) return demand.present ? 'any value' : undefined
  const [only, ...others] = demand.oneOf
  return others.length === 0 ? only : demand.oneOf.join(' or ')
}

function objectionTo(claim: unknown, demand: ClaimDemand): string | undefined {
  const absent = claim === undefined || claim === null
  if ('present' in demand) {
    if (demand.present) return absent ? 'is absent' : undefined
    return absent ? undefined : 'is there'
  }
  if (absent) return 'is absent'
  const wanted: readonly unknown[] = demand.oneOf
  if (Array.isArray(claim))
    return claim.some((each) => wanted.includes(each)) ? undefined : 'contains none of the values'
  if (wanted.includes(claim)) return undefined
  return wanted.some((each) => typeof each === typeof claim) ? 'is another value' : 'is of another type'
}
