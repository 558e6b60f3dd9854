import { isSha256Text } from '../../codec/base64url.ts'
import { parseCompactJwt } from '../../codec/compact-jws.ts'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import { differingParts } from '../../codec/target-uri.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { isOfBefore, type NonceRules, nonceTime } from '../../verify/dpop/nonce.ts'
import type { BoundToken, DpopRules } from '../../verify/dpop/proof.ts'
import { readPublicJwk } from '../../verify/jose/public-key.ts'
import { thumbprint } from '../../verify/jose/thumbprint.ts'
import { moment, shown } from './shown.ts'
import type { Comparison } from './steps.ts'

/** A DPoP proof against the request and the token, in the order of `checkProof` (RFC 9449 §4.3). */
export function* compareProof(
  { dpop, method, targetUri }: RequestFacts,
  token: BoundToken,
  rules: DpopRules,
  now: UnixSeconds,
): Iterable<Comparison> {
  yield { codes: ['DPOP_ABSENT'], what: 'DPoP proof', came: dpop === null ? undefined : 'one', wanted: 'one' }
  if (dpop === null) return
  const jwt = parseCompactJwt(dpop)
  yield {
    codes: ['DPOP_MALFORMED'],
    what: 'form',
    came: jwt === undefined ? 'no JWT' : 'a JWT',
    wanted: 'a JWT',
  }
  if (jwt === undefined) return
  const { header, claims } = jwt
  yield* compareHeader(header, rules)
  yield {
    codes: ['DPOP_CLAIMS'],
    what: 'claims',
    came: CLAIMS.filter((name) => claims[name] !== undefined).join(' '),
    wanted: `${CLAIMS.join(' ')}, each of its type`,
  }
  const ath: Comparison = { codes: ['DPOP_ATH'], what: 'ath', came: claims['ath'], wanted: token.hash }
  // What is no hash at all is refused as it is read.
  const isHash = isSha256Text(claims['ath'])
  if (!isHash) yield ath
  yield { codes: ['DPOP_HTM'], what: 'htm', came: claims['htm'], wanted: method }
  yield compareTarget(claims['htu'], targetUri)
  yield {
    codes: ['DPOP_IAT'],
    what: 'iat',
    came: timesShown(claims, now),
    wanted: ageWanted(claims, rules, now),
  }
  if (isHash) yield ath
  yield {
    codes: ['DPOP_JKT'],
    what: 'thumbprint of jwk',
    came: thumbprintOf(header, rules),
    wanted: token.jkt,
  }
  yield { codes: ['DPOP_SIGNATURE'], what: 'signature', came: 'not shown', wanted: 'verifies with jwk' }
  yield {
    codes: ['DPOP_NONCE'],
    what: 'nonce',
    came: nonceShown(claims['nonce'], rules.nonce, now),
    wanted: nonceWanted(claims, rules),
  }
}

function* compareHeader(header: JsonObject, { algorithms }: DpopRules): Iterable<Comparison> {
  yield { codes: ['DPOP_TYP'], what: 'typ', came: header['typ'], wanted: 'dpop+jwt' }
  yield {
    codes: ['DPOP_CRITICAL'],
    what: 'crit, b64',
    came: header['crit'] ?? header['b64'],
    wanted: 'absent',
  }
  yield { codes: ['DPOP_ALG'], what: 'alg', came: header['alg'], wanted: [...algorithms.keys()].join(' ') }
  yield {
    codes: ['DPOP_PRIVATE_KEY', 'DPOP_JWK'],
    what: 'jwk',
    came: keyShown(header['jwk']),
    wanted: 'a public key that fits alg, without private members',
  }
}

/** Part by part, because a text that differs in a port or a slash looks the same. */
function compareTarget(htu: unknown, targetUri: string): Comparison {
  const plain = typeof htu === 'string' ? htu.replace(/[?#].*$/s, '') : htu
  const parts = typeof plain === 'string' ? differingParts(plain, targetUri) : []
  return {
    codes: ['DPOP_HTU'],
    what: parts.length === 0 ? 'htu' : `htu (differs in ${parts.join(', ')})`,
    came: plain,
    wanted: targetUri,
  }
}

/** What kind of key it is; never the key. */
function keyShown(jwk: unknown): unknown {
  if (!isJsonObject(jwk)) return jwk === undefined ? undefined : 'no JSON object'
  return ['kty', 'crv'].map((name) => jwk[name] ?? '').join(' ')
}

function thumbprintOf(header: JsonObject, { algorithms }: DpopRules): string | undefined {
  const algorithm = algorithms.get(header['alg'] as string)
  const jwk = algorithm === undefined ? undefined : readPublicJwk(header['jwk'], algorithm)
  return jwk === undefined ? undefined : thumbprint(jwk)
}

/** `exp` and `nbf`, which no proof needs, bound its time as well where they are there. */
function timesShown(claims: JsonObject, now: UnixSeconds): unknown {
  const others = ['exp', 'nbf'].filter((name) => claims[name] !== undefined)
  const iat = moment(claims['iat'], now)
  if (others.length === 0) return iat
  return [shown(iat), ...others.map((name) => `${name} ${shown(moment(claims[name], now))}`)].join(', ')
}

function ageWanted({ exp, nbf }: JsonObject, rules: DpopRules, now: UnixSeconds): string {
  const age = ageByMode(rules, now)
  return exp === undefined && nbf === undefined ? age : `${age}; before exp, and not before nbf`
}

/** With our own time, beside which another unit or time zone is seen at once. */
function ageByMode({ maxAge, clockSkew, nonce }: DpopRules, now: UnixSeconds): string {
  const byIat = `at most ${maxAge} s old, at most ${clockSkew} s ahead of ${now}`
  if (nonce.mode === 'required') return 'told by the nonce'
  return nonce.mode === 'optional' ? `${byIat}; else told by a nonce` : byIat
}

function nonceShown(nonce: unknown, rules: NonceRules, now: UnixSeconds): string | undefined {
  if (nonce === undefined) return undefined
  const issued = rules.mint.issuedAt(nonce) ?? rules.early.issuedAt(nonce)
  if (issued === undefined) return 'none that this gateway made'
  const age = `made ${now - issued} s ago`
  return nonceTime(nonce, rules, now) === undefined ? `${age}, does not hold` : age
}

/** Of a proof that may have been spent before the start one is wanted whatever the mode. */
function nonceWanted({ iat, nonce }: JsonObject, { nonce: rules, unknownBefore }: DpopRules): string {
  const one = `one of this resource, at most ${rules.age} s old`
  if (rules.mode === 'required') return one
  if (typeof iat === 'number' && iat < unknownBefore)
    return `${one}: the proof may have been spent before the gateway began`
  if (rules.mode === 'off' && isOfBefore(nonce, rules)) return `${one}: the proof may have been spent by it`
  return rules.mode === 'optional' ? `absent, or ${one}` : 'not looked at'
}

const CLAIMS = ['jti', 'htm', 'htu', 'iat', 'ath']
