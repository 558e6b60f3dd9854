import { isSha256Text } from '../../codec/base64url.ts'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import { D } from './denials.ts'

/** The claims of an access token, typed; whether they hold is another question. */
export interface TokenClaims {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly subject: string
  readonly clientId: string
  readonly jti: string
  readonly issuedAt: UnixSeconds
  readonly expiresAt: UnixSeconds
  /** The later of `nbf` and `iat`: before it the token is not yet valid. */
  readonly notBefore: UnixSeconds
  readonly scopes: ReadonlySet<string>
  readonly jkt: string | null
  readonly x5t: string | null
  readonly hasConfirmation: boolean
}

/** RFC 9068 §2.2 names the claims that must be there, RFC 7519 §4.1 their types. */
export function readClaims(claims: JsonObject): TokenClaims | Denial {
  const { iss, sub, client_id: clientId, jti, aud, exp, iat, nbf, scope } = claims
  if (!isText(iss) || !isText(sub) || !isText(clientId) || !isText(jti)) return D.TOKEN_CLAIMS
  if (!isNumericDate(exp) || !isNumericDate(iat) || !(nbf === undefined || isNumericDate(nbf)))
    return D.TOKEN_CLAIMS
  const audience = readAudience(aud)
  if (audience === undefined) return D.TOKEN_CLAIMS
  const confirmation = readConfirmation(claims['cnf'])
  if (confirmation === undefined) return D.TOKEN_CONFIRMATION
  return {
    issuer: iss,
    audience,
    subject: sub,
    clientId,
    jti,
    issuedAt: iat,
    expiresAt: exp,
    notBefore: nbf === undefined ? iat : Math.max(nbf, iat),
    // RFC 9068 §2.2.3: a string. Anything else grants nothing.
    scopes: new Set(typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : []),
    ...confirmation,
  }
}

/** RFC 7519 §2: a finite JSON number of seconds. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

export function readAudience(aud: unknown): readonly string[] | undefined {
  if (typeof aud === 'string') return [aud]
  return Array.isArray(aud) && aud.length > 0 && aud.every((each) => typeof each === 'string')
    ? aud
    : undefined
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
