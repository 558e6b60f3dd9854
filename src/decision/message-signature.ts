import { combinedValue, connectionOptions } from '../codec/field-scan.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import { Need } from '../domain/need.ts'
import type { ClientKeys, Once } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { D as P } from '../verify/dpop/denials.ts'
import type { VerificationKey } from '../verify/jose/jwk-set.ts'
import { D } from '../verify/message-signature/denials.ts'
import { onceOf } from '../verify/message-signature/once.ts'
import type { SignatureRules } from '../verify/message-signature/profile.ts'
import { type MessageSignature, verifySignatures } from '../verify/message-signature/verify.ts'
import type { Possession } from './possession.ts'
import type { Spendable } from './spend.ts'

/** What a route demands of the signatures of its requests. */
export interface SignatureDemand {
  readonly rules: SignatureRules
  readonly clientKeys: ClientKeys<VerificationKey>
  /** Of what was spent earlier nothing is known, so a signature that may come only once must be younger. */
  readonly unknownBefore: UnixSeconds
}

/** The signatures of a request that hold, and what of them is still to be spent. */
export interface ProvedSignatures {
  readonly signatures: readonly MessageSignature[]
  readonly spends: readonly Spendable[]
}

/**
 * RFC 9421 §3.2. The key must be one of the client that the token was issued to: a signature by anybody else says nothing
 * about this request (RFC 9421 §7.3.4, FAPI2-HTTPSIG §5.3.1.2(1)).
 */
export function verifyMessageSignature(
  facts: RequestFacts,
  token: AccessToken,
  possession: Possession,
  demand: SignatureDemand | null,
  now: UnixSeconds,
): ProvedSignatures | Denial | Need {
  if (demand === null) return NOTHING
  const { clientId } = token
  if (clientId === null) return D.SIG_CLIENT
  const { rules } = demand
  const subject = {
    message: { request: facts, response: null },
    input: facts.signatureInput,
    signature: facts.signature,
    hasBody: facts.hasBody,
  }
  const signer = { owner: clientId, keys: demand.clientKeys(clientId) }
  const signatures = verifySignatures(subject, rules, signer, now)
  if (isDenial(signatures) || signatures instanceof Need) return signatures
  if (dropsCovered(facts, signatures)) return D.SIG_COMPONENT_ABSENT
  const spends: Spendable[] = []
  for (const signature of signatures) {
    const once = onceLeftOf(signature, possession, rules, facts.method)
    if (once === null) continue
    if (!goesWithProof(signature, possession) && once.madeAt < demand.unknownBefore) return P.LEDGER_UNREADY
    spends.push({ once, replayed: D.SIG_REPLAYED })
  }
  return { signatures, spends }
}

/**
 * What of a signature is still to be spent. One over a DPoP proof cannot come again if the proof cannot; its nonce is to be new in
 * any case.
 */
export function onceLeftOf(
  signature: MessageSignature,
  possession: Possession,
  rules: SignatureRules,
  method: string,
): Once | null {
  if (signature.input.nonce === null && goesWithProof(signature, possession)) return null
  return onceOf(signature, rules, method)
}

function goesWithProof(signature: MessageSignature, { once }: Possession): boolean {
  return once !== null && signature.covers('dpop')
}

/**
 * What is for one hop alone is absent from what arrives (RFC 9110 §7.6.1): whoever could write `Connection` would have us take off
 * behind the signature what it covers.
 */
function dropsCovered({ fields }: RequestFacts, signatures: readonly MessageSignature[]): boolean {
  const connection = combinedValue(fields, 'connection')
  if (connection === null) return false
  const dropped = new Set(connectionOptions(connection))
  return signatures.some(({ input }) => input.components.some(({ name }) => dropped.has(name)))
}

const NOTHING: ProvedSignatures = { signatures: [], spends: [] }
