import { combinedValue } from '../codec/field-scan.ts'
import type { UnixSeconds } from '../domain/check.ts'
import { type Denial, isDenial } from '../domain/denial.ts'
import type { Signer, SignerSource } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { readWishes, type SignatureWish } from '../verify/message-signature/accept-signature.ts'
import { type Component, memberOfRequest, parseComponent } from '../verify/message-signature/component.ts'
import { componentValue } from '../verify/message-signature/component-value.ts'
import { componentsFor } from '../verify/message-signature/coverage.ts'
import type { SignedMessage } from '../verify/message-signature/message.ts'
import { ParsedParts } from '../verify/message-signature/parsed-parts.ts'
import type { SigningRules } from '../verify/message-signature/profile.ts'
import { ownParameters, prepareSignature, type UnsignedBase } from '../verify/message-signature/sign.ts'
import { registeredName } from '../verify/message-signature/signature-algorithms.ts'
import type { MessageSignature } from '../verify/message-signature/verify.ts'

/** How a route signs its answers. */
export interface AnswerDemand {
  readonly rules: SigningRules
  readonly signer: SignerSource
  /** Octets of an answer that may be held to be signed. */
  readonly limit: number
}

/** An answer that is about to go out. */
export interface Answer {
  readonly status: number
  /** Flat, as they leave. */
  readonly fields: readonly string[]
  readonly hasBody: boolean
  /** Of the gateway itself, which has few of the fields that a profile may name. */
  readonly isOurs: boolean
}

/** A signature that is due, and its label. */
export interface DueSignature {
  readonly label: string
  readonly unsigned: UnsignedBase
}

/**
 * What is to be signed of an answer (FAPI2-HTTPSIG §5.3.2.1): our own signature, and the first that the client asked for that
 * can be given (RFC 9421 §5.2). The request is the one that came, not what was made of it for the upstream.
 */
export function signaturesDue(
  facts: RequestFacts,
  verified: readonly MessageSignature[],
  answer: Answer,
  rules: SigningRules,
  { keyId, algorithm }: Signer,
  now: UnixSeconds,
): readonly DueSignature[] | Denial {
  const { known, components: ofRequest } = requestSignature(facts, verified, rules)
  const message: SignedMessage = { request: facts, response: answer, known }
  const parameters = ownParameters(rules, keyId, now)
  const components = componentsFor(rules.coverage, message, answer.hasBody, ofRequest)
  const own = prepare(components, parameters, message, rules, answer.isOurs)
  if (isDenial(own)) return own
  for (const wish of readWishes(combinedValue(facts.fields, 'accept-signature'))) {
    if (!namesAnswer(wish) || !isForKey(wish, keyId, registeredName(algorithm))) continue
    const asked = prepareSignature(
      wish.components,
      {
        ...parameters,
        ...(wish.wantsExpires && { expires: now + (rules.expiresAfter ?? EXPIRES_AFTER) }),
        nonce: wish.nonce,
        alg: wish.alg,
        tag: wish.tag,
      },
      message,
      rules.fieldTypes,
    )
    // It is a wish: where it cannot be fulfilled, it is passed over.
    if (isDenial(asked)) continue
    return [
      { label: wish.label === OWN ? OTHER : OWN, unsigned: own },
      { label: wish.label, unsigned: asked },
    ]
  }
  return [{ label: OWN, unsigned: own }]
}

/**
 * What of the request cannot stand in a base is left out, and of an answer of ours what it does not have: it is signed all the same.
 * An answer of the upstream is signed whole or not at all.
 */
function prepare(
  components: readonly Component[],
  parameters: Parameters<typeof prepareSignature>[1],
  message: SignedMessage,
  { fieldTypes }: SigningRules,
  isOurs: boolean,
): UnsignedBase | Denial {
  const whole = prepareSignature(components, parameters, message, fieldTypes)
  if (!isDenial(whole)) return whole
  const parsed = new ParsedParts()
  const usable = components.filter(
    (each) =>
      !(each.req || isOurs) ||
      message.known?.has(each.identity) ||
      !isDenial(componentValue(each, message, fieldTypes, parsed)),
  )
  return prepareSignature(usable, parameters, message, fieldTypes)
}

/**
 * FAPI2-HTTPSIG §5.3.2.1(3): the signature of the request, by the label that was verified, as others may be added and taken away
 * on the way; as whole fields where none was verified.
 */
function requestSignature(
  facts: RequestFacts,
  verified: readonly MessageSignature[],
  { requestSignature: how }: SigningRules,
): { readonly known: ReadonlyMap<string, string>; readonly components: readonly Component[] } {
  const known = new Map<string, string>()
  if (how === 'off' || facts.signature === null || facts.signatureInput === null)
    return { known, components: [] }
  if (how === 'field' || verified.length === 0) return { known, components: WHOLE_FIELDS }
  const components: Component[] = []
  for (const { label, input, octets } of verified) {
    const signature = memberOfRequest('signature', label)
    const signatureInput = memberOfRequest('signature-input', label)
    known.set(signature.identity, `:${octets.toString('base64')}:`)
    known.set(signatureInput.identity, input.signatureParams)
    components.push(signature, signatureInput)
  }
  return { known, components }
}

/** What has no status could be taken for a request that we signed: our key would sign what anybody makes up. */
function namesAnswer({ components }: SignatureWish): boolean {
  return components.some(({ identity }) => identity === '@status')
}

function isForKey({ keyid, alg }: SignatureWish, ourKey: string, ourAlg: string | undefined): boolean {
  return (keyid === null || keyid === ourKey) && (alg === null || alg === ourAlg)
}

const OWN = 'sig1'
const OTHER = 'sig2'
const WHOLE_FIELDS = ['signature;req', 'signature-input;req'].map((text) => parseComponent(text) as Component)
/** Seconds, where a client asks for an expiry and the profile says none. */
const EXPIRES_AFTER = 300
