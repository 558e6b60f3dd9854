import { type CompactJwt, parseJsonPart, splitCompactJws } from '../codec/compact-jws.ts'
import { differingParts } from '../codec/target-uri.ts'
import { whatDiffers } from '../decision/explain/explain.ts'
import { written } from '../decision/explain/shown.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { Exchange } from './exchange.ts'

/** What the operator needs to know of a refusal, and another would learn too much from. Made once a request was refused, never for one that passes. */
export function detailOf({ refused, facts, evidence, body }: Exchange): string | null {
  if (refused === null || facts === null) return null
  if (refused.code === 'DPOP_HTU') return htuDetail(facts)
  const { objected } = evidence
  if (objected?.objection.denial === refused)
    return bounded(`${objected.rule.name}: ${objected.objection.detail}`)
  const claims = TOKEN_CLAIMS[refused.code]
  if (claims !== undefined) return bounded(claimsDetail(claims, evidence.presented?.jwt))
  if (!COMPARED.has(refused.code)) return null
  const differs = whatDiffers({ facts, evidence, body, refused, now: Math.floor(Date.now() / 1000) })
  return differs === undefined ? null : bounded(`${differs.what} ${differs.came}; wanted: ${differs.wanted}`)
}

/** What was refused may be of any length. */
export function bounded<Text extends string | null>(text: Text): Text {
  return (text === null ? null : text.slice(0, LONGEST)) as Text
}

/** Which part of `htu` is wrong is for the operator alone: another would learn what is behind the public name. */
function htuDetail({ dpop, targetUri }: RequestFacts): string {
  const proof = splitCompactJws(dpop ?? '')
  const htu = proof === undefined ? undefined : parseJsonPart(proof.payload)?.['htu']
  return `htu differs in ${typeof htu === 'string' ? differingParts(htu, targetUri).join(', ') : 'everything'}`
}

function claimsDetail(names: readonly string[], jwt: CompactJwt | undefined): string | null {
  if (jwt === undefined) return null
  const said: { readonly [name: string]: unknown } = {
    ...jwt.claims,
    typ: jwt.header['typ'],
    kid: jwt.header['kid'],
  }
  return names.map((name) => `${name} ${written(said[name])}`).join(', ')
}

/** Claims (and header parameters) that tell why a token was refused, unverified as they are; none of them is secret. */
const TOKEN_CLAIMS: { readonly [code: string]: readonly string[] | undefined } = {
  TOKEN_ISSUER: ['iss'],
  TOKEN_AUDIENCE: ['iss', 'aud'],
  TOKEN_TYPE: ['typ'],
  TOKEN_KEY_UNKNOWN: ['iss', 'kid'],
  TOKEN_KEYS_UNAVAILABLE: ['iss', 'kid'],
  TOKEN_STATUS_UNAVAILABLE: ['iss', 'status'],
  TOKEN_CLAIMS: ['iss', 'sub', 'aud', 'client_id', 'jti', 'iat', 'exp'],
  TOKEN_EXPIRED: ['iss', 'exp'],
  TOKEN_NOT_YET: ['iss', 'iat', 'nbf'],
}
/**
 * Where what came is a field, a time, a name or a thumbprint, and says nothing without what was wanted. Not where junk is refused by
 * the cheapest checks: to compare anew costs as much as those, and `/refusals` tells it.
 */
const COMPARED: ReadonlySet<string> = new Set([
  'HEADER_ABSENT',
  'HEADER_MALFORMED',
  'DPOP_ALG',
  'DPOP_CLAIMS',
  'DPOP_IAT',
  'TOKEN_ALGORITHM',
  'TOKEN_LIFETIME',
  'TOKEN_SCHEME',
  'TOKEN_SENDER',
  'MTLS_EXPIRED',
  'MTLS_THUMBPRINT',
  'SIG_TAG',
  'SIG_CREATED_EARLY',
  'SIG_CREATED_AHEAD',
  'SIG_EXPIRED',
  'SIG_KEYID',
])
/** Characters. */
const LONGEST = 500
