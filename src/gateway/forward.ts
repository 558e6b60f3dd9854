import { Readable } from 'node:stream'
import { announcedLength } from '../codec/field-scan.ts'
import { corsFields } from '../decision/cors.ts'
import { D } from '../decision/denials.ts'
import type { Admission } from '../decision/verdict.ts'
import type { Denial } from '../domain/denial.ts'
import { reasonOf } from '../domain/reason.ts'
import { type RequestFacts, SAFE_METHODS } from '../domain/request-facts.ts'
import type { Call, CallHandler } from '../services/upstream/call.ts'
import { F, faultOf, lostToReuse } from '../services/upstream/faults.ts'
import type { UpstreamRequest } from '../services/upstream/request-head.ts'
import type { Upstream } from '../services/upstream/upstream.ts'
import { BodyBrokenOff, BodyOnTheWay, BodyStalled, BodyTooLarge } from './body.ts'
import { clientCertFields } from './client-cert.ts'
import type { Exchange } from './exchange.ts'
import { downstreamFields, hopsLeft, upstreamFields } from './fields.ts'
import { respondToOptions } from './respond.ts'
import { clientOf } from './share-holder.ts'
import { signRequest } from './sign-request.ts'
import { type AnswerSigning, type AnswerWriter, SignedAnswer } from './signed-answer.ts'
import type { Turn } from './turn.ts'

/** What becomes of a forwarded request. Called once. */
export interface Outcome {
  /** The answer went through whole, or broke off after it had begun, or the client went away. */
  done(): void
  /** No answer has begun; one of ours is to be given. */
  failed(fault: Denial, detail: string): void
}

/** What sending a request on takes, besides the request. */
export interface Sending {
  /** This process in `Via` fields. */
  readonly pseudonym: string
  /** Null: the answer goes out as it comes. */
  readonly signing: AnswerSigning | null
  readonly turn: Turn
  /** Unix seconds. */
  readonly now: number
}

/**
 * Sends an admitted request on and streams the answer back, each side only as fast as the other takes it. The path and
 * query are the raw ones that were judged (RFC 9110 §7.7).
 */
export function forward(
  exchange: Exchange,
  admission: Admission,
  upstream: Upstream,
  { pseudonym, signing, turn, now }: Sending,
  outcome: Outcome,
): void {
  const facts = exchange.facts as RequestFacts
  if (facts.via?.includes(pseudonym)) return outcome.failed(F.UPSTREAM_LOOP, 'own pseudonym in Via')
  if (hopsLeft(facts) === 0)
    return respondToOptions(exchange, now, () => outcome.done(), exchange.snapshot.router.allowed(facts))
  const { downstream } = exchange
  const { route, token } = admission
  const client = clientOf(exchange)
  if (upstream.isBusyFor(client)) return outcome.failed(F.UPSTREAM_BUSY, 'the queue is full')
  const request: UpstreamRequest = {
    client,
    method: facts.method,
    target: facts.query === null ? facts.path : `${facts.path}?${facts.query}`,
    fields: upstreamFields({
      facts,
      token,
      txnToken: exchange.txnToken,
      clientCert: route.clientCert && clientCertFields(facts.peer, route.clientCert, token, now),
      forwardsToken: route.forwardsToken,
      interactionId: exchange.interactionId,
      remoteAddress: downstream.connection.remoteAddress,
      upstreamAuthority: upstream.authority,
      protocol: downstream.raw.version,
      pseudonym,
    }),
    body: bodyFor(exchange, facts, admission),
    bodyLength: exchange.held?.length ?? facts.contentLength,
  }
  const forwarding = new Forwarding(exchange, admission, upstream, signing, outcome)
  // What an upstream has said on an idle connection until now is read first, and is nobody's answer.
  const send = (whole: UpstreamRequest) => turn.act(() => forwarding.send(whole))
  downstream.onGone(() => forwarding.abandon())
  if (route.forwardSigning === null) return send(request)
  signRequest(exchange, request, upstream, route.forwardSigning, now, {
    signed: send,
    failed: (detail) => outcome.failed(D.SIGNING_UNAVAILABLE, detail),
  })
}

/** The body as it comes, or as it was held; the client that waits for it is told to send it. */
function bodyFor(
  { downstream, held }: Exchange,
  { hasBody }: RequestFacts,
  { bodyLimit }: Admission,
): Readable | null {
  // One block ahead and no more, so that what is given back has left.
  if (held !== null) return held.length === 0 ? null : Readable.from(held.handOver(), { highWaterMark: 1 })
  if (!hasBody) return null
  downstream.proceed()
  return new BodyOnTheWay(downstream.body, bodyLimit, downstream.connection.idleTimeout)
}

/** The upstream's side of one exchange. */
class Forwarding implements CallHandler {
  readonly #exchange: Exchange
  readonly #admission: Admission
  readonly #upstream: Upstream
  readonly #outcome: Outcome
  /** Null: the answer goes out as it comes. */
  readonly #signed: SignedAnswer | null
  #call: Call | null = null
  /** The request that may be sent once more; null once it was, or where it could do harm. */
  #again: UpstreamRequest | null = null
  #over = false
  /** Octets that the answer is said to have; null where it is not said. */
  #announced: number | null = null
  /** An answer that came in one piece goes out in one piece, head and body together. */
  #whole: Buffer | undefined
  #watchesDrain = false

  constructor(
    exchange: Exchange,
    admission: Admission,
    upstream: Upstream,
    signing: AnswerSigning | null,
    outcome: Outcome,
  ) {
    this.#exchange = exchange
    this.#admission = admission
    this.#upstream = upstream
    this.#outcome = outcome
    this.#signed =
      signing === null
        ? null
        : new SignedAnswer(exchange, signing, {
            done: () => this.#finish(),
            failed: (denial, detail) => this.#fail(denial, detail),
            gone: () => this.abandon(),
          })
  }

  send(request: UpstreamRequest): void {
    if (this.#over) return
    // Should the first have been done after all, the second does no harm.
    if (request.body === null && SAFE_METHODS.has(request.method)) this.#again = request
    this.#call = this.#upstream.send(request, this)
  }

  /** The client went away: nobody is left to answer, so the upstream need not go on either. */
  abandon(): void {
    if (this.#over) return
    this.#exchange.gone = true
    this.#call?.abort()
    this.#finish()
  }

  get #writer(): AnswerWriter {
    return this.#signed ?? this.#exchange.downstream
  }

  /** The answer has come and cannot go out as it would have to; nothing of it has. */
  #fail(denial: Denial, detail: string): void {
    if (this.#over) return
    this.#over = true
    this.#call?.abort()
    this.#outcome.failed(denial, detail)
  }

  onHead(status: number, raw: string[]): void {
    if (this.#over) return
    // RFC 9110 §15.5.8: a proxy's affair, and there is none that the client knows of; beyond 599 nothing is defined.
    if (status === 407 || status > 599) return this.#cannotPass(`${status}`)
    const exchange = this.#exchange
    const { route, token } = this.#admission
    const cors = route.cors === null ? null : corsFields(exchange.facts as RequestFacts, route)
    const fields = downstreamFields(status, raw, exchange, token !== null, cors)
    if (typeof fields === 'string') return this.#cannotPass(`with two of ${fields}`)
    exchange.answeredAt = performance.now()
    exchange.status = status
    this.#announced = announcedLength(raw)
    this.#writer.begin(status, fields)
  }

  #cannotPass(what: string): void {
    this.#call?.abort()
    this.onError(new Error(`the upstream answered ${what}`))
  }

  onData(chunk: Buffer): void {
    if (this.#over) return
    this.#exchange.bytesOut += chunk.length
    if (chunk.length === this.#announced && chunk.length <= ONE_PIECE) {
      this.#whole = chunk
      return
    }
    if (this.#writer.write(chunk)) return
    this.#call?.pause()
    if (this.#watchesDrain) return
    this.#watchesDrain = true
    this.#writer.onDrain(() => this.#call?.resume())
  }

  onEnd(): void {
    if (this.#over) return
    this.#writer.end(this.#whole)
    if (this.#signed === null) this.#finish()
  }

  onError(error: NodeJS.ErrnoException): void {
    if (this.#over) return
    if (error instanceof BodyBrokenOff) return this.abandon()
    const again = this.#again
    this.#again = null
    if (again !== null && lostToReuse(error)) {
      this.#call = this.#upstream.send(again, this, true)
      return
    }
    this.#over = true
    if (error instanceof BodyTooLarge) this.#outcome.failed(D.BODY_TOO_LARGE, error.message)
    else if (error instanceof BodyStalled) this.#outcome.failed(D.REQUEST_TIMEOUT, error.message)
    else this.#outcome.failed(faultOf(error), reasonOf(error))
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#outcome.done()
  }
}

/** Octets. */
const ONE_PIECE = 16 * 1024
