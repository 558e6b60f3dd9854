import { announcedLength, combinedValue, withoutFields } from '../codec/field-scan.ts'
import type { AnswerDemand } from '../decision/sign-answer.ts'
import type { Denial } from '../domain/denial.ts'
import type { BodyBudget, Signer } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { F } from '../services/upstream/faults.ts'
import { digestField } from '../verify/content-digest/answer.ts'
import { type ExpectedDigest, readIntegrityField } from '../verify/content-digest/expect.ts'
import { D } from '../verify/message-signature/denials.ts'
import { carriesBody, type Downstream } from './downstream.ts'
import type { AnswerSignature, Exchange } from './exchange.ts'
import { HeldOctets } from './held-octets.ts'
import { Outflow } from './outflow.ts'
import { digestOf, signAnswer } from './sign-response.ts'
import { SignedFlow } from './signed-flow.ts'
import type { Turn } from './turn.ts'

/** Where the answer of an upstream goes. A `Downstream` is one. */
export type AnswerWriter = Pick<Downstream, 'begin' | 'write' | 'end' | 'onDrain'>

/** What signing answers takes. */
export interface AnswerSigning {
  readonly demand: AnswerDemand
  readonly signer: Signer
  readonly budget: BodyBudget
  /** Unix seconds. */
  readonly now: () => number
  readonly turn: Turn
}

export interface SignedOutcome {
  /** The answer went out whole, or was broken off. */
  done(): void
  /** Nothing has gone out; one of ours is to be given. */
  failed(denial: Denial, detail: string): void
  /** The client went away before any of it went out. */
  gone(): void
}

/**
 * The answer of an upstream, signed before any of it goes out (FAPI2-HTTPSIG §5.3.2.1). Its body is held until its digest is known. One
 * too long to be held passes if the upstream has sent its digest: that is what is signed, and the last part is kept back
 * until it is known to be true.
 */
export class SignedAnswer implements AnswerWriter {
  readonly #exchange: Exchange
  readonly #signing: AnswerSigning
  readonly #outcome: SignedOutcome
  #status = 0
  #fields: string[] = []
  #hasBody = false
  #held: HeldOctets | null = null
  /** What the upstream says of its body; null: nothing. */
  #digest: string | null = null
  #length: number | null = null
  #flow: SignedFlow | null = null
  #drained: (() => void) | null = null

  constructor(exchange: Exchange, signing: AnswerSigning, outcome: SignedOutcome) {
    this.#exchange = exchange
    this.#signing = signing
    this.#outcome = outcome
  }

  begin(status: number, fields: readonly string[]): void {
    const { method } = this.#exchange.facts as RequestFacts
    this.#status = status
    this.#hasBody = carriesBody(method, status)
    this.#digest = combinedValue(fields, 'content-digest')
    this.#length = announcedLength(fields)
    this.#fields = withoutFields(fields, this.#hasBody ? NOT_AS_OURS : NOT_WITHOUT_BODY)
    if (!this.#hasBody) return
    this.#held = new HeldOctets(this.#signing.budget, null)
    this.#exchange.heldAnswer = this.#held
    if (this.#length !== null && this.#length > this.#signing.demand.limit) this.#tooLong()
  }

  write(chunk: Buffer): boolean {
    if (this.#flow !== null) return this.#flow.write(chunk)
    const held = this.#held
    if (held === null) return true
    if (held.length + chunk.length > this.#signing.demand.limit) {
      this.#tooLong()
      return (this.#flow as SignedFlow | null)?.write(chunk) ?? true
    }
    if (!held.add(chunk)) this.#noRoom(held)
    return true
  }

  end(whole?: Buffer): void {
    if (this.#flow !== null) {
      if (whole !== undefined) this.#flow.write(whole)
      return this.#flow.end()
    }
    const held = this.#held
    if (whole === undefined) held?.close()
    else if (held?.addWhole(whole) === false) return this.#noRoom(held)
    const blocks = held?.blocks ?? []
    // An answer without octets has no content to cover.
    const hasContent = held !== null && held.length > 0
    const digest = hasContent ? digestOf((this.#exchange.facts as RequestFacts).fields, blocks) : []
    const keepsBody = this.#exchange.evidence.route?.evidence?.bodies === true && hasContent
    this.#exchange.answer = { digest: digest[1] ?? null, body: keepsBody ? Buffer.concat(blocks) : null }
    const length = this.#hasBody ? ['content-length', String(held?.length ?? 0)] : []
    this.#sign([...this.#fields, ...length, ...digest], hasContent, () => {
      const { downstream } = this.#exchange
      // A client that is slow to take its answer keeps it in memory, and what others may take is less until it has.
      this.#exchange.heldAnswer = null
      if (held !== null) downstream.onSent(() => held.release())
      // Should the client go away, whoever forwards is told.
      const out = new Outflow(downstream, blocks, this.#signing.turn, () => {})
      out.end((last) => {
        downstream.end(last)
        this.#outcome.done()
      })
      out.open()
    })
  }

  onDrain(callback: () => void): void {
    this.#drained = callback
  }

  #noRoom({ length }: HeldOctets): void {
    this.#outcome.failed(D.SIG_ANSWER_NO_ROOM, `no room after ${length} octets`)
  }

  /** Too long to be held: it flows under the digest that the upstream sent, or not at all. */
  #tooLong(): void {
    const held = this.#held as HeldOctets
    held.close()
    this.#held = null
    const expected: readonly ExpectedDigest[] = readIntegrityField(this.#digest) ?? []
    if (expected.length === 0) {
      const { limit } = this.#signing.demand
      return this.#outcome.failed(D.SIG_ANSWER_TOO_LARGE, `more than ${limit} octets`)
    }
    // What else the upstream says there nobody compares, so it is not signed.
    const digest = expected
      .map(({ algorithm, digest }) => digestField(algorithm, digest.toString('base64')))
      .join(', ')
    const { downstream } = this.#exchange
    const out = new Outflow(downstream, [], this.#signing.turn, () => {
      held.release()
      this.#drained?.()
    })
    const flow = new SignedFlow(downstream, out, expected, {
      ...this.#outcome,
      done: () => {
        this.#exchange.answer = { digest, body: null }
        this.#outcome.done()
      },
    })
    for (const block of held.blocks) flow.write(block)
    this.#flow = flow
    const length = this.#length === null ? [] : ['content-length', String(this.#length)]
    this.#sign([...this.#fields, ...length, 'content-digest', digest], true, () => out.open())
  }

  /** Signs the head and sends it; `then` comes the body. */
  #sign(fields: readonly string[], hasBody: boolean, then: () => void): void {
    const { demand, signer, now, turn } = this.#signing
    const answer = { status: this.#status, fields, hasBody, isOurs: false }
    turn.compute(() =>
      signAnswer(this.#exchange, demand, signer, answer, now(), {
        signed: (more, signatures) => turn.act(() => this.#begin([...fields, ...more], signatures, then)),
        failed: (detail) => turn.act(() => this.#outcome.failed(D.SIG_SIGNER_FAILED, detail)),
      }),
    )
  }

  #begin(fields: readonly string[], signatures: readonly AnswerSignature[], then: () => void): void {
    const { downstream, refused } = this.#exchange
    // Where the upstream broke off meanwhile, an answer of ours is given in place of this one.
    if (refused !== null) return
    this.#exchange.answerSignatures = signatures
    if (downstream.isGone) return this.#outcome.gone()
    try {
      downstream.begin(this.#status, fields)
    } catch (problem) {
      return this.#outcome.failed(F.UPSTREAM_BROKEN, `its head cannot be passed on: ${problem}`)
    }
    then()
  }
}

/** The signatures of the upstream do not leave as ours; length and digest are written anew. */
const NOT_AS_OURS: ReadonlySet<string> = new Set([
  'signature',
  'signature-input',
  'content-digest',
  'content-length',
])
/** Without a body, the length is that of the body that there would be, and there is nothing to digest. */
const NOT_WITHOUT_BODY: ReadonlySet<string> = new Set(['signature', 'signature-input', 'content-digest'])
