import { type Answer, type AnswerDemand, type DueSignature, signaturesDue } from '../decision/sign-answer.ts'
import { isDenial } from '../domain/denial.ts'
import type { Signer } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { digestField, wantedAlgorithm } from '../verify/content-digest/answer.ts'
import { contentDigest } from '../verify/content-digest/hasher.ts'
import { signatureBy } from '../verify/jose/signature-by.ts'
import { signatureFields } from '../verify/message-signature/sign.ts'
import type { AnswerSignature, Exchange } from './exchange.ts'

/** The fields that a signature adds to an answer, or a reason why there are none. */
export interface SigningOutcome {
  /** Whoever sends them notes what was signed, for a key service may be late, and another answer have gone out meanwhile. */
  signed(fields: readonly string[], signatures: readonly AnswerSignature[]): void
  failed(detail: string): void
}

/**
 * Signs an answer of our own, whose whole body is at hand. `send` gets the fields to add: none where the route's answers are not
 * signed, and none where nobody can sign, for then this answer is what says so, unless `unsigned` has another.
 */
export function withSignature(
  exchange: Exchange,
  answer: { readonly status: number; readonly fields: readonly string[]; readonly body: string },
  now: number,
  send: (fields: readonly string[]) => void,
  unsigned: () => void = () => send([]),
): void {
  const demand = answerDemandOf(exchange)
  const signer = demand === null ? undefined : signerOf(exchange, demand, now)
  if (demand === null || signer === undefined) return send([])
  // Else anybody could have a key service sign more than it can, and those who have acted wait for theirs.
  if (signer.isBusy && exchange.evidence.token === null) return send([])
  const { method, fields: asked } = exchange.facts as RequestFacts
  const hasBody = answer.body !== '' && method !== 'HEAD'
  const digest = hasBody ? digestOf(asked, [Buffer.from(answer.body)]) : []
  exchange.answer = { digest: digest[1] ?? null, body: null }
  const whole = { status: answer.status, fields: [...answer.fields, ...digest], hasBody, isOurs: true }
  signAnswer(exchange, demand, signer, whole, now, {
    signed: (fields, signatures) => {
      exchange.answerSignatures = signatures
      send([...digest, ...fields])
    },
    failed: (detail) => {
      exchange.detail ??= detail
      unsigned()
    },
  })
}

/** `Content-Digest` (RFC 9530 §2) by the algorithm that the request asks for (§4). */
export function digestOf(asked: readonly string[], parts: readonly Buffer[]): string[] {
  const algorithm = wantedAlgorithm(asked)
  return ['content-digest', digestField(algorithm, contentDigest(algorithm, parts))]
}

/** What signs the answer to this request: null where it goes out unsigned. */
export function answerDemandOf({ evidence }: Exchange): AnswerDemand | null {
  return evidence.route?.demands?.signedAnswers ?? null
}

/** Whose key signs the answer; undefined: nobody's. */
export function signerOf({ facts }: Exchange, { signer }: AnswerDemand, now: number): Signer | undefined {
  return facts === null ? undefined : signer.current(facts.authority, now)
}

/** Signs an answer whose fields are final. At once where the key is here; later where it is with a key service. */
export function signAnswer(
  exchange: Exchange,
  demand: AnswerDemand,
  signer: Signer,
  answer: Answer,
  now: number,
  outcome: SigningOutcome,
): void {
  const { facts, evidence } = exchange
  const due = signaturesDue(
    facts as RequestFacts,
    evidence.signatures ?? [],
    answer,
    demand.rules,
    signer,
    now,
  )
  if (isDenial(due)) return outcome.failed(`the answer cannot be signed: ${due.code}`)
  const finish = (signatures: readonly Uint8Array[]) => {
    const made = due.map(({ label, unsigned: { base } }, at) => ({
      label,
      base,
      signature: signatures[at] as Uint8Array,
      keyId: signer.keyId,
      algorithm: signer.algorithm,
    }))
    outcome.signed(fieldsOf(due, signatures), made)
  }
  const signatures = due.map(({ unsigned: { base } }) => signatureBy(signer, base))
  if (signatures.every((each) => each instanceof Uint8Array)) return finish(signatures as Uint8Array[])
  // What goes wrong behind it, too, ends this exchange and nothing else.
  Promise.all(signatures)
    .then(finish)
    .catch((problem) => outcome.failed(`the key service failed: ${problem}`))
}

/** Several signatures are members of one field each (RFC 9421 §4). */
function fieldsOf(due: readonly DueSignature[], signatures: readonly Uint8Array[]): string[] {
  const pairs = due.map(({ label, unsigned }, at) =>
    signatureFields(label, unsigned, signatures[at] as Uint8Array),
  )
  return [
    'signature-input',
    pairs.map(([, input]) => input).join(', '),
    'signature',
    pairs.map(([, , , signature]) => signature).join(', '),
  ]
}
