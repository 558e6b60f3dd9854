import type { UnixSeconds } from '../domain/check.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import type { Once } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { D as T } from '../verify/access-token/denials.ts'
import type { Presented, Scheme } from '../verify/access-token/extract.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { D as P } from '../verify/dpop/denials.ts'
import { checkProof, type HeldProof } from '../verify/dpop/proof.ts'
import { checkCertificateBinding } from '../verify/mtls/binding.ts'
import type { Demands } from './route.ts'

export type Sender = 'dpop' | 'mtls'

export interface PossessionRules {
  /** The token must be bound in at least one of these ways. */
  readonly senders: readonly Sender[]
  /** Refuse tokens whose `cnf` has members that we do not know. */
  readonly strictConfirmation: boolean
  /** `danger_accept_bearer`: a token without any confirmation passes unproved. */
  readonly acceptsBearer: boolean
}

/** The schemes under which tokens come: DPoP where one is bound to a key, Bearer where it is to a certificate alone or to nothing. */
export function schemesOf({ senders, acceptsBearer }: PossessionRules): readonly Scheme[] {
  const schemes: Scheme[] = []
  if (senders.includes('dpop')) schemes.push('DPoP')
  if (senders.includes('mtls') || acceptsBearer) schemes.push('Bearer')
  return schemes
}

/** What the sender has proved; `once` is still to be spent. */
class ProvedPossession {
  readonly #proved = true
  readonly once: Once | null
  /** The age of the proof was told by its nonce. */
  readonly byNonce: boolean
  /** A fresh nonce is due with the answer (RFC 9449 §8.2). */
  readonly nonceEnds: boolean
  readonly byCertificate: boolean

  constructor(held: HeldProof | null, byCertificate: boolean) {
    this.once = held?.once ?? null
    this.byNonce = held?.byNonce ?? false
    this.nonceEnds = held?.nonceEnds ?? false
    this.byCertificate = byCertificate
  }

  static proved(possession: ProvedPossession): boolean {
    return possession.#proved
  }
}

export type Possession = ProvedPossession

/**
 * The token decides (RFC 8705 §3, RFC 9449 §7, RFC 7800 §3.1, FAPI2-SP §5.3.4(5)): every member of `cnf` that we know
 * must be proved, whatever the scheme, and at least one must be there. A bound token is never a bearer token.
 */
export function verifyPossession(
  facts: RequestFacts,
  presented: Presented,
  token: AccessToken,
  demands: Demands,
  now: UnixSeconds,
): Possession | Denial {
  const { jkt, x5t } = token
  const rules = demands.possession
  if (rules.strictConfirmation && hasUnknownMember(token)) return T.TOKEN_CONFIRMATION
  if (jkt === null && x5t === null) {
    if (!rules.acceptsBearer || token.hasConfirmation) return T.TOKEN_UNBOUND
    return presented.scheme === 'Bearer' ? new ProvedPossession(null, false) : T.TOKEN_SCHEME
  }
  // RFC 9449 §7.1 and §7.2: bound to a key means the DPoP scheme, bound to a certificate alone means Bearer.
  if (presented.scheme !== (jkt === null ? 'Bearer' : 'DPoP')) return T.TOKEN_SCHEME
  if (!isWelcome(jkt, x5t, rules)) return T.TOKEN_SENDER
  let held: HeldProof | null = null
  if (jkt !== null) {
    if (facts.dpop === null) return P.DPOP_ABSENT
    const proof = checkProof(facts.dpop, { hash: token.hash, jkt }, facts, demands.dpop, now)
    if (isDenial(proof)) {
      // A nonce is asked for last of all: another certificate is not mended by a retry with one.
      const other =
        proof === P.DPOP_NONCE && x5t !== null ? checkCertificateBinding(x5t, facts, now) : undefined
      return other ?? proof
    }
    held = proof
  }
  const unbound = x5t === null ? undefined : checkCertificateBinding(x5t, facts, now)
  return unbound ?? new ProvedPossession(held, x5t !== null)
}

function isWelcome(jkt: string | null, x5t: string | null, rules: PossessionRules): boolean {
  return rules.senders.some((sender) => (sender === 'dpop' ? jkt : x5t) !== null)
}

function hasUnknownMember(token: AccessToken): boolean {
  const cnf = token.claims.cnf
  return cnf !== undefined && Object.keys(cnf as object).some((name) => name !== 'jkt' && name !== 'x5t#S256')
}
