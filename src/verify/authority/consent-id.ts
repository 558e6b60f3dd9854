import { combinedValue, isForThisConnection } from '../../codec/field-scan.ts'
import { isJsonObject } from '../../codec/json.ts'
import type { AccessToken } from '../access-token/token.ts'
import { memberAt, type Pointer } from './pointer.ts'

/** Where a request names the consent: ecosystems differ. */
export type ConsentPlace =
  | { readonly in: 'claim'; readonly pointer: Pointer }
  /** `consent:urn:bank:C1` with the prefix `consent:` (Brazil, KSA); `AIS:1234` with `AIS:` (Berlin Group). */
  | { readonly in: 'scope'; readonly prefix: string }
  /** A member of the authorization details of a type (RFC 9396 §2). */
  | { readonly in: 'detail'; readonly type: string; readonly pointer: Pointer }
  /** A header field, its name in lower case (`Consent-ID` of the Berlin Group). */
  | { readonly in: 'field'; readonly name: string }

/** What may name it: the token, and the fields of the request, flat and as they came. */
export interface Naming {
  readonly token: AccessToken
  readonly fields: readonly string[]
}

/** The one consent that each of these places names; undefined where one names none, or there are several: then nobody could say which is meant. */
export function readConsentId(naming: Naming, places: readonly ConsentPlace[]): string | undefined {
  const named = places.map((place) => candidates(naming, place))
  if (named.some(({ length }) => length === 0)) return undefined
  const [first, ...others] = new Set(named.flat())
  if (typeof first !== 'string' || others.length > 0) return undefined
  return first !== '' && first.length <= LONGEST ? first : undefined
}

function candidates({ token, fields }: Naming, place: ConsentPlace): readonly unknown[] {
  if (place.in === 'claim') return [memberAt(token.claims, place.pointer)]
  if (place.in === 'scope') {
    return [...token.scopes]
      .filter((scope) => scope.startsWith(place.prefix))
      .map((scope) => scope.slice(place.prefix.length))
  }
  if (place.in === 'field') return forwardedValues(fields, place.name)
  const details = token.claims['authorization_details']
  if (!Array.isArray(details)) return []
  return details
    .filter((detail) => isJsonObject(detail) && detail['type'] === place.type)
    .map((detail) => memberAt(detail, place.pointer))
}

/**
 * What the upstream will read: nothing of a field that `Connection` names, for that is not forwarded (RFC 9110 §7.6.1); and nothing
 * that it may read otherwise: octets beyond ASCII, or a field that came twice.
 */
function forwardedValues(fields: readonly string[], name: string): readonly string[] {
  const value = combinedValue(fields, name)
  return value !== null && PLAIN.test(value) && !isForThisConnection(fields, name) ? [value] : []
}

/** Visible ASCII. */
const PLAIN = /^[\x21-\x7e]+$/

/** Characters. */
const LONGEST = 512
