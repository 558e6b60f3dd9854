import { isOptionalText, type JsonObject } from '../../codec/json.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import { isOptionalDate } from '../jose/numeric-date.ts'
import { readAudience, readConfirmation, type TokenClaims } from './claims.ts'
import { D } from './denials.ts'
import { clientIdOf, type Dialect, grantOf, isMarkedOtherwise, scopesOf } from './dialect.ts'
import type { Presented } from './extract.ts'
import {
  checkAudience,
  checkLifetime,
  checkTime,
  type IssuerTrust,
  isIssuer,
  isOfTenant,
} from './issuer-trust.ts'
import { type AccessToken, proveToken } from './token.ts'

/**
 * Judges what the authorization server says of a token (RFC 7662 §2.2). All members but `active` may be missing; those
 * that are there must hold (§4), now as well as when the answer was given. Only the boolean `true` is active.
 */
export function acceptIntrospection(
  answer: JsonObject,
  presented: Presented,
  trust: IssuerTrust,
  now: UnixSeconds,
): AccessToken | Denial {
  if (answer['active'] !== true) return D.TOKEN_INACTIVE
  if (isMarkedOtherwise(answer, trust.dialect) || isMarkedOtherwise(answer, OF_ANY)) return D.TOKEN_KIND
  const read = readMembers(answer, trust)
  if (isDenial(read)) return read
  const unfit = read.audience.length === 0 ? undefined : checkAudience(read, trust)
  const refused =
    unfit ?? checkTime(read, trust, now) ?? checkLifetime(read, trust) ?? checkBinding(answer, read)
  return refused ?? proveToken(presented.hash, trust, null, read, answer)
}

/** What is not said: no text, no scope, no bound on time. A lifetime that cannot be told exceeds every limit. */
function readMembers(answer: JsonObject, trust: IssuerTrust): TokenClaims | Denial {
  const { iss, sub, jti, aud, exp, iat, nbf } = answer
  // Where it may be any of several tenants, whose subject and client these are is for the answer to say.
  const isNamed = iss !== undefined || trust.tenants !== null
  if (isNamed && !isIssuer(trust, iss)) return D.TOKEN_ISSUER
  if (answer['tid'] !== undefined && !isOfTenant(answer, trust)) return D.TOKEN_TENANT
  if (!isOptionalText(sub) || !isOptionalText(jti) || !isOptionalText(answer['client_id']))
    return D.TOKEN_CLAIMS
  if (!isOptionalDate(exp) || !isOptionalDate(iat) || !isOptionalDate(nbf)) return D.TOKEN_CLAIMS
  const audience = aud === undefined ? [] : readAudience(aud)
  if (audience === undefined) return D.TOKEN_CLAIMS
  const confirmation = readConfirmation(answer['cnf'])
  if (confirmation === undefined) return D.TOKEN_CONFIRMATION
  return {
    issuer: isNamed ? (iss as string) : trust.issuer,
    audience,
    subject: sub ?? null,
    clientId: clientIdOf(answer, trust.dialect) ?? null,
    grant: grantOf(answer, trust.dialect),
    jti: jti ?? null,
    issuedAt: iat ?? null,
    expiresAt: exp ?? Number.POSITIVE_INFINITY,
    notBefore: Math.max(nbf ?? 0, iat ?? 0),
    scopes: scopesOf(answer, trust.dialect),
    ...confirmation,
  }
}

/**
 * RFC 9449 §6.2, §5: a token that is bound to a DPoP key is of the type `DPoP`, where a type is said; its case is free. One of that type
 * without the key is bound all the same, so whoever brings it has proved nothing (§7.2): it is no bearer token.
 */
function checkBinding({ token_type: kind }: JsonObject, { jkt }: TokenClaims): Denial | undefined {
  if (kind === undefined) return undefined
  const isBound = typeof kind === 'string' && kind.toLowerCase() === 'dpop'
  return isBound === (jkt !== null) ? undefined : D.TOKEN_BINDING
}

/**
 * Authorization servers say of refresh tokens too that they are active, and of what kind a token is has no header to say it. This word for it
 * is heeded whatever the dialect, as that of RFC 9068 leaves all to the header.
 */
const OF_ANY: Pick<Dialect, 'marks'> = {
  marks: new Map([['token_use', new Set(['access', 'access_token'])]]),
}
