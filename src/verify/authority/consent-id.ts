import { isJsonObject } from '../../codec/json.ts'
import type { AccessToken } from '../access-token/token.ts'
import { memberAt, type Pointer } from './pointer.ts'

/** Where the token names the consent: ecosystems differ. */
export type ConsentId =
  | { readonly in: 'claim'; readonly pointer: Pointer }
  /** `consent:urn:bank:C1` with the prefix `consent:` (Brazil, KSA). */
  | { readonly in: 'scope'; readonly prefix: string }
  /** A member of the authorization details of a type (RFC 9396 §2). */
  | { readonly in: 'detail'; readonly type: string; readonly pointer: Pointer }

/** The one consent that the token names; undefined where it names none, or several: then nobody could say which is meant. */
export function readConsentId(token: AccessToken, id: ConsentId): string | undefined {
  const [first, ...others] = new Set(candidates(token, id))
  if (typeof first !== 'string' || others.length > 0) return undefined
  return first !== '' && first.length <= LONGEST ? first : undefined
}

function candidates(token: AccessToken, id: ConsentId): readonly unknown[] {
  if (id.in === 'claim') {
    const claim = memberAt(token.claims, id.pointer)
    return claim === undefined ? [] : [claim]
  }
  if (id.in === 'scope') {
    return [...token.scopes]
      .filter((scope) => scope.startsWith(id.prefix))
      .map((scope) => scope.slice(id.prefix.length))
  }
  const details = token.claims['authorization_details']
  if (!Array.isArray(details)) return []
  return details
    .filter((detail) => isJsonObject(detail) && detail['type'] === id.type)
    .map((detail) => memberAt(detail, id.pointer))
}

/** Characters. */
const LONGEST = 512
