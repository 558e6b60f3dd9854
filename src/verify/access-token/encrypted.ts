import { parseCompactJweHeader } from '../../codec/compact-jwe.ts'
import { type CompactJwt, parseCompactJwt } from '../../codec/compact-jws.ts'
import type { JsonObject } from '../../codec/json.ts'
import type { Denial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { TokenOpener } from '../../domain/ports.ts'
import { contentEncryption, keyManagement } from '../jose/encryption.ts'
import { mediaTypeOf } from '../jose/media-type.ts'
import { D } from './denials.ts'
import type { Presented } from './extract.ts'
import type { IssuerTrust } from './issuer-trust.ts'

/** The JWT to verify, undefined where it is none, and who may have signed it. */
export interface OpenedToken {
  readonly jwt: CompactJwt | undefined
  /** For a token that was encrypted, the one issuer whose key opened it. */
  readonly trusted: readonly IssuerTrust[]
  readonly wasEncrypted: boolean
}

/**
 * Takes a token out of its encryption, where it has one (RFC 9068 §4, RFC 7519 §7.2): a signed JWT inside a JWE. What it
 * holds is verified like any other. Where no issuer of the route has a key for it, the token goes on as it came.
 */
export function openToken(
  presented: Presented,
  trusted: readonly IssuerTrust[],
): OpenedToken | Denial | Need {
  const { token } = presented
  const header = headerForUs(token, trusted)
  if (header === undefined) return { jwt: presented.jwt, trusted, wasEncrypted: false }
  if (header['crit'] !== undefined) return D.TOKEN_CRITICAL
  if (token.length > LONGEST || !isAcceptedEncryption(header)) return D.TOKEN_ENCRYPTION
  const trust = recipient(header['kid'], trusted)
  if (trust === undefined) return D.TOKEN_ENCRYPTION
  const opener = trust.opener as TokenOpener
  const { hash } = presented
  const text = opener.opened(hash)
  if (text === undefined) {
    return new Need('decryption', hash, D.TOKEN_DECRYPTION_UNAVAILABLE, (asker) =>
      opener.open(hash, token, asker),
    )
  }
  if (text === null) return D.TOKEN_DECRYPTION
  return { jwt: parseCompactJwt(text), trusted: [trust], wasEncrypted: true }
}

/** Whether it is encrypted, and an issuer of the route has keys for that. */
export function isForUs(token: string, trusted: readonly IssuerTrust[]): boolean {
  return headerForUs(token, trusted) !== undefined
}

function headerForUs(token: string, trusted: readonly IssuerTrust[]): JsonObject | undefined {
  return trusted.some(({ opener }) => opener !== null) ? parseCompactJweHeader(token) : undefined
}

/** Whose token it can be: of one that was encrypted, theirs who has the key. */
export function recipients(token: string, trusted: readonly IssuerTrust[]): readonly IssuerTrust[] {
  const header = headerForUs(token, trusted)
  if (header === undefined) return trusted
  const trust = recipient(header['kid'], trusted)
  return trust === undefined ? [] : [trust]
}

/** RFC 8725 §3.2 and §3.6: known algorithms, nothing compressed, and a nested JWT inside (RFC 7519 §5.2). */
function isAcceptedEncryption({ alg, enc, zip, cty }: JsonObject): boolean {
  return (
    keyManagement.has(alg as string) &&
    contentEncryption.has(enc as string) &&
    zip === undefined &&
    NESTED_JWT.has(mediaTypeOf(cty))
  )
}

/** Decided by rule, never by trying: who has the named key, else the only issuer of the route with keys at all. */
function recipient(kid: unknown, trusted: readonly IssuerTrust[]): IssuerTrust | undefined {
  const named = typeof kid === 'string' ? trusted.find(({ opener }) => opener?.knows(kid)) : undefined
  if (named !== undefined) return named
  const [only, another] = trusted.filter(({ opener }) => opener !== null)
  return another === undefined ? only : undefined
}

/** Some servers write the type of the inner token here. */
const NESTED_JWT: ReadonlySet<string | undefined> = new Set(['jwt', 'at+jwt'])
/** Characters; a signed token of 8 KiB in an encryption with the largest keys is shorter. */
const LONGEST = 16_384
