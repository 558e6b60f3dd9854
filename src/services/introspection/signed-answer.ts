import { type CompactJwt, parseCompactJwt } from '../../codec/compact-jws.ts'
import { isJsonObject, type JsonObject } from '../../codec/json.ts'
import type { Introspected, KeySource, SignedStatement } from '../../domain/ports.ts'
import type { Algorithm } from '../../verify/jose/algorithms.ts'
import type { VerificationKey } from '../../verify/jose/jwk-set.ts'
import { mediaTypeOf } from '../../verify/jose/media-type.ts'
import { hasPassed, isNumericDate, isOptionalDate, liesAhead } from '../../verify/jose/numeric-date.ts'
import { type FoundSigner, findSigner } from '../../verify/jose/signer.ts'

/** Who may have signed an answer, and for whom. */
export interface AnswerRules {
  readonly issuer: string
  readonly algorithms: ReadonlyMap<string, Algorithm>
  readonly keys: KeySource<VerificationKey>
  /** This gateway's names at the authorization server: its client id, and those of its resource. */
  readonly recipients: ReadonlySet<string>
  /** Whether what was signed is of use later. */
  readonly keeps: boolean
  /** Unix seconds. */
  readonly now: () => number
}

/**
 * The members of a signed answer (RFC 9701 §5, FAPI2-MS §5.5.2): its own type, from this issuer, for this gateway, made
 * just now, and in force where it says when (RFC 7519 §4.1.4, §4.1.5). What else stands beside `token_introspection` is not read.
 * Throws a sentence where it does not hold.
 */
export async function readSignedAnswer(text: string, rules: AnswerRules): Promise<Introspected> {
  const { header, claims, signed } = await verified(text, rules)
  if (mediaTypeOf(header['typ']) !== 'token-introspection+jwt')
    throw new Error('the answer is no token-introspection+jwt')
  const { aud, iat, exp, nbf, token_introspection: members } = claims
  const now = rules.now()
  const audience = Array.isArray(aud) ? aud : [aud]
  if (!audience.some((each) => rules.recipients.has(each))) throw new Error('the answer is for somebody else')
  if (typeof iat !== 'number' || Math.abs(now - iat) > FRESH)
    throw new Error("the answer was not made just now; compare the server's clock with ours")
  const isOver = exp !== undefined && !(isNumericDate(exp) && !hasPassed(exp, now))
  if (isOver || !isOptionalDate(nbf) || liesAhead(nbf ?? 0, FRESH, now))
    throw new Error('the answer itself is over, or not in force yet (exp, nbf)')
  if (!isJsonObject(members)) throw new Error('the answer has no token_introspection')
  return { members, signed }
}

/**
 * The claims of a JWT that stands for the token: Curity's phantom token, Keycloak's `jwt` member. That it came says that
 * the token is active; its times and audience are judged as those of any answer. Throws a sentence.
 */
export async function readPlainJwt(text: string, rules: AnswerRules): Promise<Introspected> {
  const { header, claims, signed } = await verified(text, rules)
  const { typ } = header
  if (typ !== undefined && !JWT_TYPES.has(mediaTypeOf(typ)))
    throw new Error('the answer is a JWT of another type')
  const isActive = claims['active'] === undefined || claims['active'] === true
  return { members: isActive ? { ...claims, active: true } : { active: false }, signed }
}

interface Verified extends Pick<CompactJwt, 'header' | 'claims'> {
  readonly signed: SignedStatement | null
}

async function verified(text: string, rules: AnswerRules): Promise<Verified> {
  const jwt = parseCompactJwt(text)
  if (jwt === undefined) throw new Error('the answer is no signed JWT')
  const { header, claims } = jwt
  if (header['crit'] !== undefined || header['b64'] !== undefined)
    throw new Error('the answer has a critical header parameter that is not understood')
  if (claims['iss'] !== rules.issuer) throw new Error(`the answer does not come from ${rules.issuer}`)
  const algorithm = typeof header['alg'] === 'string' ? rules.algorithms.get(header['alg']) : undefined
  if (algorithm === undefined) throw new Error('the answer is signed with an algorithm that is not accepted')
  const by = await signerOf(jwt, algorithm, rules.keys)
  if (typeof by === 'string') throw new Error(UNSIGNED[by])
  const signed = rules.keeps ? { jws: text, jwk: by.key.export({ format: 'jwk' }) as JsonObject } : null
  return { header, claims, signed }
}

async function signerOf(
  jwt: CompactJwt,
  algorithm: Algorithm,
  keys: KeySource<VerificationKey>,
): Promise<FoundSigner> {
  const signer = findSigner(jwt, algorithm, keys)
  if (signer !== 'ask') return signer
  const { kid } = jwt.header
  const isFetched = await keys.ask(typeof kid === 'string' ? kid : null)
  return isFetched ? findSigner(jwt, algorithm, keys) : 'unavailable'
}

const JWT_TYPES: ReadonlySet<string | undefined> = new Set(['jwt', 'at+jwt'])
/** Seconds, either way. */
const FRESH = 60
const NO_KEY = 'the issuer has no key that the answer could be signed with'
const UNSIGNED: Readonly<Record<Exclude<FoundSigner, VerificationKey>, string>> = {
  mismatch: "the answer's signature does not verify",
  absent: NO_KEY,
  ask: NO_KEY,
  unavailable: "the issuer's keys, which would verify the answer, could not be fetched",
}
