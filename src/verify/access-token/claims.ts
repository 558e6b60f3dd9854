import { isSha256Text } from '../../codec/base64url.ts'
import { isJsonObject, isOptionalText, isStrings, isText, type JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import { isNumericDate, isOptionalDate } from '../jose/numeric-date.ts'
import { D } from './denials.ts'
import { clientIdOf, type Dialect, type Grant, grantOf, isAccessToken, scopesOf } from './dialect.ts'

/** The claims of an access token, typed; whether they hold is another question. */
export interface TokenClaims {
  readonly issuer: string
  readonly audience: readonly string[]
  /** Null where the dialect lets it be missing. */
  readonly subject: string | null
  /** Null where an issuer that was asked did not say; a JWT always says. */
  readonly clientId: string | null
  /** Null where nobody says. */
  readonly grant: Grant | null
  /** Null where the dialect lets it be missing. */
  readonly jti: string | null
  /** `iat`, else `nbf`; null where the dialect lets both be missing. */
  readonly issuedAt: UnixSeconds | null
  readonly expiresAt: UnixSeconds
  /** The later of `nbf` and `iat`, 0 without both: before it the token is not yet valid. */
  readonly notBefore: UnixSeconds
  readonly scopes: ReadonlySet<string>
  readonly jkt: string | null
  readonly x5t: string | null
  readonly hasConfirmation: boolean
}

/** The dialect names the claims that must be there and where they stand (RFC 9068 §2.2), RFC 7519 §4.1 gives their types. */
export function readClaims(claims: JsonObject, dialect: Dialect): TokenClaims | Denial {
  if (!isAccessToken(claims, dialect)) return D.TOKEN_KIND
  const { iss, sub, jti, aud, exp, iat, nbf } = claims
  if (!isText(iss) || !isOptionalText(sub) || !isOptionalText(jti)) return D.TOKEN_CLAIMS
  if (!isNumericDate(exp) || !isOptionalDate(iat) || !isOptionalDate(nbf)) return D.TOKEN_CLAIMS
  const audience = readAudience(aud)
  const clientId = clientIdOf(claims, dialect)
  if (audience === undefined || clientId === undefined) return D.TOKEN_CLAIMS
  if (dialect.required.some((claim) => claims[claim] === undefined)) return D.TOKEN_CLAIMS
  if (!dialect.clientAsAudience && audience.includes(clientId)) return D.TOKEN_KIND
  const confirmation = readConfirmation(claims['cnf'])
  if (confirmation === undefined) return D.TOKEN_CONFIRMATION
  return {
    issuer: iss,
    audience,
    subject: sub ?? null,
    clientId,
    grant: grantOf(claims, dialect),
    jti: jti ?? null,
    issuedAt: iat ?? nbf ?? null,
    expiresAt: exp,
    notBefore: Math.max(nbf ?? 0, iat ?? 0),
    scopes: scopesOf(claims, dialect),
    ...confirmation,
  }
}

/** RFC 7519 §4.1.3: one text, or a list that is not empty; undefined for anything else. */
export function readAudience(aud: unknown): readonly string[] | undefined {
  if (typeof aud === 'string') return [aud]
  return isStrings(aud) && aud.length > 0 ? aud : undefined
}

/** RFC 7800 §3.1: an object. Members we know must be well-formed; the rest is looked at by nobody. */
export function readConfirmation(
  cnf: unknown,
): Pick<TokenClaims, 'jkt' | 'x5t' | 'hasConfirmation'> | undefined {
  if (cnf === undefined) return { jkt: null, x5t: null, hasConfirmation: false }
  if (!isJsonObject(cnf)) return undefined
  const { jkt, 'x5t#S256': x5t } = cnf
  if (!(jkt === undefined || isSha256Text(jkt)) || !(x5t === undefined || isSha256Text(x5t))) return undefined
  return { jkt: jkt ?? null, x5t: x5t ?? null, hasConfirmation: true }
}
