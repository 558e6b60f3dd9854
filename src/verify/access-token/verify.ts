import type { UnixSeconds } from '../../domain/check.ts'
import type { Denial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { Introspected, IntrospectionSource } from '../../domain/ports.ts'
import { acceptIntrospection } from './accept-introspection.ts'
import { D } from './denials.ts'
import { isForUs } from './encrypted.ts'
import type { Presented } from './extract.ts'
import { type IssuerTrust, isIssuer } from './issuer-trust.ts'
import type { KnownTokens } from './known-tokens.ts'
import type { AccessToken } from './token.ts'
import { verifyAccessToken } from './verify-jwt.ts'

/** What was said because of one request or recalled for it: it counts for that request alone, whether or not a cache keeps it. */
export interface Fetched {
  introspection: Introspected | null
}

/** Verifies an access token in the way of its issuer. Which issuer that is, is decided by rule, never by trying. */
export function verifyToken(
  presented: Presented,
  trusted: readonly IssuerTrust[],
  tokens: KnownTokens,
  fetched: Fetched,
  now: UnixSeconds,
): AccessToken | Denial | Need {
  const trust = whomToAsk(presented, trusted, tokens)
  if (trust === undefined) return verifyAccessToken(presented, trusted, tokens, now)
  const { token, hash } = presented
  if (token.length < SHORTEST) return D.TOKEN_TOO_SHORT
  fetched.introspection ??= trust.introspection.recall(hash, now) ?? null
  if (fetched.introspection !== null)
    return acceptIntrospection(fetched.introspection.members, presented, trust, now)
  return new Need('introspection', `${trust.name} ${hash}`, D.TOKEN_INTROSPECTION_UNAVAILABLE, (asker) =>
    trust.introspection.ask(token, hash, asker).then((given) => {
      fetched.introspection = given ?? null
      return given !== undefined
    }),
  )
}

/**
 * An encrypted token that we may have a key for is opened here. A JWT goes to the issuer that it names, and is verified here where
 * that issuer lets us; what is no JWT goes to the one issuer of the route that introspects. Undefined: it is to be verified as a
 * JWT, or refused as none.
 */
function whomToAsk(
  presented: Presented,
  trusted: readonly IssuerTrust[],
  tokens: KnownTokens,
): Introspecting | undefined {
  const introspecting = trusted.find(introspects)
  if (introspecting === undefined) return undefined
  const { token } = presented
  const known = presented.known ?? tokens.get(token)
  if (known !== undefined && trusted.includes(known.trust)) return undefined
  if (isForUs(token, trusted)) return undefined
  const { jwt } = presented
  if (jwt === undefined) return introspecting
  const named = trusted.filter((each) => isIssuer(each, jwt.claims['iss']))
  return named.every(introspects) ? named[0] : undefined
}

type Introspecting = IssuerTrust & { readonly introspection: IntrospectionSource }

function introspects(trust: IssuerTrust): trust is Introspecting {
  return trust.introspection !== null
}

/** RFC 6749 §10.10: 128 bits that cannot be guessed take 22 characters. */
const SHORTEST = 22
