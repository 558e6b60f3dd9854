import { hash } from 'node:crypto'
import { type CompactJwt, parseCompactJwt } from '../../codec/compact-jws.ts'
import { percentDecoded } from '../../codec/percent.ts'
import type { Denial } from '../../domain/denial.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { D } from './denials.ts'
import type { KnownTokens } from './known-tokens.ts'
import type { AccessToken } from './token.ts'

export type Scheme = 'DPoP' | 'Bearer'

/** The one credential that the request presents. Nothing in it is verified. */
export class Presented {
  readonly scheme: Scheme
  readonly token: string
  /** The same token as it was verified before; undefined where nobody has looked, or it was not. */
  readonly known: AccessToken | undefined
  #hash: string | undefined
  #jwt: CompactJwt | null | undefined

  constructor(scheme: Scheme, token: string, known?: AccessToken) {
    this.scheme = scheme
    this.token = token
    this.known = known
  }

  /** SHA-256 of the token's ASCII octets, base64url (the `ath` of RFC 9449 §4.2). Made when it is first asked for: a known token has it. */
  get hash(): string {
    this.#hash ??= hash('sha256', this.token, 'base64url')
    return this.#hash
  }

  /** What it holds, where it is a JWT that anybody can read; taken apart once, by whoever asks first. */
  get jwt(): CompactJwt | undefined {
    if (this.#jwt === undefined) this.#jwt = parseCompactJwt(this.token) ?? null
    return this.#jwt ?? undefined
  }
}

/**
 * Takes the token from the Authorization field, the only place where FAPI2-SP §5.3.4(1) lets it be. A second way of
 * sending one makes the request malformed (RFC 6750 §2), and a token in the query is refused even beside a good one. One of
 * the `tokens` that were verified before is well-formed, so its text is not walked again.
 */
export function extractCredentials(facts: RequestFacts, tokens?: KnownTokens): Presented | Denial {
  if (facts.query !== null && namesAccessToken(facts.query)) return D.TOKEN_IN_QUERY
  const field = facts.authorization
  if (!field) return D.TOKEN_ABSENT
  const scheme = schemeOf(field)
  // RFC 6750 §3.1: a scheme that we do not speak is no authentication information, so the challenge carries no error.
  if (scheme === undefined) return D.TOKEN_ABSENT
  let from = scheme.length
  while (field[from] === ' ') from++
  const token = field.slice(from)
  const known = tokens?.get(token)
  if (known === undefined && !TOKEN.test(token)) return D.TOKEN_MALFORMED
  return new Presented(scheme, token, known)
}

/** The scheme that was tried, for challenges also where the rest is malformed. Case does not matter (RFC 9110 §11.1). */
export function schemeOf(field: string | null): Scheme | undefined {
  const name = field === null ? undefined : SCHEME.exec(field)?.[1]?.toLowerCase()
  return name === 'dpop' ? 'DPoP' : name === 'bearer' ? 'Bearer' : undefined
}

function namesAccessToken(query: string): boolean {
  if (!query.includes('%') && !query.includes('access_token')) return false
  return query.split('&').some((pair) => {
    const name = pair.split('=', 1)[0] as string
    return percentDecoded(name) === 'access_token'
  })
}

const SCHEME = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?: |$)/
/** RFC 9110 §11.2: `token68`. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/
