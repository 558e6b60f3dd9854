import { withoutFields } from '../codec/field-scan.ts'
import type { ForwardSigning } from '../decision/route.ts'
import { isDenial } from '../domain/denial.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { UpstreamRequest } from '../services/upstream/request-head.ts'
import type { Upstream } from '../services/upstream/upstream.ts'
import { digestField } from '../verify/content-digest/answer.ts'
import { signatureBy } from '../verify/jose/signature-by.ts'
import { componentsFor } from '../verify/message-signature/coverage.ts'
import { ownParameters, prepareSignature, signatureFields } from '../verify/message-signature/sign.ts'
import type { Exchange } from './exchange.ts'

/** What becomes of a request that is to be signed. Called once. */
export interface SignedRequestOutcome {
  signed(request: UpstreamRequest): void
  /** Nothing was sent. */
  failed(detail: string): void
}

/**
 * Signs a request as it is about to leave (RFC 9421 §4.3), so that the upstream can tell that it came through us and was not changed
 * behind us. The signatures of the client stay here: what they cover was for us, and is not what leaves.
 */
export function signRequest(
  exchange: Exchange,
  request: UpstreamRequest,
  { url, authority }: Pick<Upstream, 'url' | 'authority'>,
  { rules, signers }: ForwardSigning,
  now: number,
  outcome: SignedRequestOutcome,
): void {
  const facts = exchange.facts as RequestFacts
  const signer = signers.current(facts.authority, now)
  if (signer === undefined) return outcome.failed('no signing key has its turn')
  const digest = exchange.body?.digests.get('sha-256')
  const digested =
    digest === undefined ? [] : ['content-digest', digestField('sha-256', digest.toString('base64'))]
  const fields = [...withoutFields(request.fields, digest === undefined ? SIGNATURES : REPLACED), ...digested]
  const { method, path, query } = facts
  const origin = new URL(url).origin
  const message = {
    request: { method, origin, authority, path, query, requestTarget: request.target, fields },
    response: null,
  }
  const parameters = ownParameters(rules, signer.keyId, now)
  const components = componentsFor(rules.coverage, message, digest !== undefined)
  const unsigned = prepareSignature(components, parameters, message, rules.fieldTypes)
  if (isDenial(unsigned)) return outcome.failed(`the request cannot be signed: ${unsigned.code}`)
  const finish = (signature: Uint8Array) =>
    outcome.signed({ ...request, fields: [...fields, ...signatureFields('holdfast', unsigned, signature)] })
  const signature = signatureBy(signer, unsigned.base)
  if (signature instanceof Uint8Array) finish(signature)
  else signature.then(finish).catch((problem) => outcome.failed(`the key service failed: ${problem}`))
}

const SIGNATURES: ReadonlySet<string> = new Set(['signature', 'signature-input'])
const REPLACED: ReadonlySet<string> = new Set([...SIGNATURES, 'content-digest'])
