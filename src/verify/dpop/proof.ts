import { isSha256Text, parseBase64url } from '../../codec/base64url.ts'
import { parseJsonPart, splitCompactJws } from '../../codec/compact-jws.ts'
import type { JsonObject } from '../../codec/json.ts'
import { sameTarget } from '../../codec/target-uri.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import type { Memo, Once } from '../../domain/ports.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import type { Algorithm } from '../jose/algorithms.ts'
import { hasPassed, isOptionalDate, liesAhead } from '../jose/numeric-date.ts'
import { verifies } from '../jose/signature.ts'
import { D } from './denials.ts'
import { isAlmostOver, isOfBefore, type NonceRules, nonceTime } from './nonce.ts'
import { type ProofKey, readProofKey } from './proof-key.ts'

export interface DpopRules {
  /** FAPI2-SP §5.4.1: what `alg` may be; announced in every challenge as `algs`. */
  readonly algorithms: ReadonlyMap<string, Algorithm>
  /** Seconds that a proof stays fresh. */
  readonly maxAge: number
  /** Seconds that `iat` may lie ahead. */
  readonly clockSkew: number
  readonly nonce: NonceRules
  /**
   * A proof with an earlier `iat` may have been spent when nobody remembered it (before a start), so only a nonce can
   * vouch for it, whatever the mode.
   */
  readonly unknownBefore: UnixSeconds
  /**
   * Keys by their thumbprint, each with the header that it last signed under, or first came with: all proofs of a client begin
   * with the same text, so that is read once. However it is written, each key that a token names has one place here. May forget.
   */
  readonly keys: Memo<string, ProofKey>
}

/** A proof that holds, and is still to be spent (RFC 9449 §11.1). */
export interface HeldProof {
  readonly once: Once
  /** Whether its nonce told its age. */
  readonly byNonce: boolean
  /** Whether the client should be given a fresh nonce with the answer. */
  readonly nonceEnds: boolean
}

/** A token that names the key its proofs must be made with. */
export interface BoundToken {
  readonly hash: string
  readonly jkt: string
}

/**
 * Checks a DPoP proof against the request and the token it came with.
 * The numbers are the items of RFC 9449 §4.3; item 1 was decided when the fields were scanned.
 * Costly steps come last: a proof that no signature could mend never reaches OpenSSL.
 */
export function checkProof(
  raw: string,
  token: BoundToken,
  request: RequestFacts,
  rules: DpopRules,
  now: UnixSeconds,
): Denial | HeldProof {
  const parts = raw.length > LONGEST_PROOF ? undefined : splitCompactJws(raw)
  if (parts === undefined) return D.DPOP_MALFORMED // 2
  const claims = parseJsonPart(parts.payload)
  const signature = parseBase64url(parts.signature)
  if (claims === undefined || signature === undefined) return D.DPOP_MALFORMED // 2
  const remembered = rules.keys.get(token.jkt)
  // No memo is taken at its word: another's key, wherever it stands, verifies nothing here.
  const known = remembered?.jkt === token.jkt ? remembered : undefined
  const isKnown = known?.header === parts.header
  const key = isKnown ? known : readProofKey(parts.header, rules.algorithms)
  if (isDenial(key)) return key // 2, 3, 4, 5, 7
  // What another route takes this one may not.
  const algorithm = rules.algorithms.get(key.alg)
  if (algorithm === undefined) return D.DPOP_ALG // 5
  const proof = readProofClaims(claims)
  if (isDenial(proof)) return proof // 3
  if (proof.htm !== request.method) return D.DPOP_HTM // 8
  if (!sameTarget(proof.htu, request.targetUri)) return D.DPOP_HTU // 9
  const judged = judge(proof, rules, now)
  if (judged === 'stale') return D.DPOP_IAT // 11
  const byNonce = judged === 'by nonce'
  if (proof.ath !== token.hash) return D.DPOP_ATH // 12, its first half
  if (key.jkt !== token.jkt) return D.DPOP_JKT // 12, its second half
  // By now the authorization server has vouched for the key; no other reaches OpenSSL or the memo.
  const publicKey = (known ?? key).key
  if (publicKey === undefined) return D.DPOP_JWK
  // Whether it signed this or not: forgeries, however many, do not cost a key each.
  if (known === undefined) remember(key, rules)
  if (!verifies(algorithm, publicKey, parts.signingInput, signature)) return D.DPOP_SIGNATURE // 6
  if (known !== undefined && !isKnown) remember(key, rules)
  // Last, so that the retry with the nonce can succeed.
  const madeAt = byNonce ? nonceTime(proof.nonce, rules.nonce, now) : Math.floor(proof.iat)
  if (madeAt === undefined) return D.DPOP_NONCE // 10
  return {
    once: { jkt: key.jkt, jti: proof.jti, madeAt },
    byNonce,
    nonceEnds: byNonce && isAlmostOver(madeAt, rules.nonce, now),
  }
}

/**
 * What tells a proof's age (RFC 9449 §11.1). Where a nonce is used it is the nonce, so that a client with a wrong clock
 * gets through; it is asked for where `iat` will not do. No proof can be judged now by the one and later by the other,
 * or the ledger would look for it in two places.
 */
function judge(proof: ProofClaims, rules: DpopRules, now: UnixSeconds): 'by nonce' | 'by iat' | 'stale' {
  const { mode } = rules.nonce
  // A nonce tells when a proof was made; how long it is to hold is for its signer to say.
  if (!isInForce(proof, rules, now)) return 'stale'
  if (mode === 'required' || (mode === 'optional' && proof.nonce !== undefined)) return 'by nonce'
  if (!isFresh(proof, rules, now)) return mode === 'optional' ? 'by nonce' : 'stale'
  // The clock of one that was spent by its nonce may have been ahead by anything.
  const mayBeSpent = proof.iat < rules.unknownBefore || isOfBefore(proof.nonce, rules.nonce)
  return mayBeSpent ? 'by nonce' : 'by iat'
}

function remember(key: ProofKey, { keys }: DpopRules): void {
  if (key.header.length <= LONGEST_KEPT) keys.set(key.jkt, key)
}

interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath: string
  readonly exp: number
  readonly nbf: number
  readonly nonce: unknown
}

/** RFC 9449 §4.2. Further claims are allowed; `exp` and `nbf` are honoured where a client sets them. */
function readProofClaims(claims: JsonObject): ProofClaims | Denial {
  const { jti, htm, htu, iat, ath, exp, nbf, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || typeof htm !== 'string' || typeof htu !== 'string')
    return D.DPOP_CLAIMS
  if (!isSha256Text(ath)) return typeof ath === 'string' ? D.DPOP_ATH : D.DPOP_CLAIMS
  // One in milliseconds lies ahead, and is best called that.
  if (typeof iat !== 'number' || iat < 0 || !isOptionalDate(exp) || !isOptionalDate(nbf)) return D.DPOP_CLAIMS
  return { jti, htm, htu, iat, ath, exp: exp ?? Number.POSITIVE_INFINITY, nbf: nbf ?? 0, nonce }
}

/** The clock is read in whole seconds, so a proof is as old as its whole seconds say. */
function isFresh({ iat }: ProofClaims, { maxAge, clockSkew }: DpopRules, now: UnixSeconds): boolean {
  return Math.floor(iat) >= now - maxAge && !liesAhead(iat, clockSkew, now)
}

/** RFC 7519 §4.1.4, §4.1.5. */
function isInForce({ exp, nbf }: ProofClaims, { clockSkew }: DpopRules, now: UnixSeconds): boolean {
  return !hasPassed(exp, now) && !liesAhead(nbf, clockSkew, now)
}

/** Octets; the longest honest proof, with an 8192-bit RSA key, has less than half of it. */
const LONGEST_PROOF = 8192
/** Octets of a header that is worth its memory; the longest honest one, with an 8192-bit RSA key, is a little shorter. */
const LONGEST_KEPT = 2048
