import { type Asked, refusal } from '../decision/challenge.ts'
import { corsFields, type Preflight } from '../decision/cors.ts'
import { D } from '../decision/denials.ts'
import { USUAL_METHODS } from '../decision/router.ts'
import { answersFor } from '../decision/snapshot.ts'
import type { Denial } from '../domain/denial.ts'
import { D as S } from '../verify/message-signature/denials.ts'
import { type Exchange, INTERACTION_ID } from './exchange.ts'
import { withSignature } from './sign-response.ts'

/**
 * Answers a refused or failed request, signed where answers of the route are. Where an answer has begun already it is broken off
 * instead. `done` is called when nothing more is to come.
 */
export function respondRefused(exchange: Exchange, denial: Denial, now: number, done: () => void): void {
  const { downstream, facts, evidence, snapshot, interactionId } = exchange
  exchange.refused = denial
  if (downstream.hasBegun) {
    downstream.abort()
    return done()
  }
  exchange.takeBackAnswer()
  const asked: Asked = {
    facts,
    demands: evidence.route?.demands ?? null,
    metadata: (facts && evidence.route?.metadata.get(facts.origin)) ?? null,
    wanted: evidence.objected?.objection.challenge ?? null,
    interactionId,
    now,
    answers: answersFor(evidence, snapshot),
    allowed: () => (facts === null ? [] : snapshot.router.allowed(facts)),
  }
  const { status, fields, body } = refusal(denial, asked)
  exchange.status = status
  const nonce = exchange.nonce === null ? [] : ['dpop-nonce', exchange.nonce]
  const cors = facts === null || evidence.route === null ? [] : corsFields(facts, evidence.route)
  const all = [...fields, ...nonce, ...cors, INTERACTION_ID, interactionId]
  // Of a request that was not looked at its connection is not the worse; a handshake anew would cost more than it did.
  const closes = facts === null && denial !== D.OVERLOADED
  withSignature(exchange, { status, fields: all, body }, now, (more) => {
    downstream.answer(status, [...all, ...more], body, closes)
    done()
  })
}

/** RFC 9110 §9.3.7: what the resource can do, or for the asterisk the server as a whole, where the question ends here. */
export function respondToOptions(
  exchange: Exchange,
  now: number,
  done: () => void,
  methods: readonly string[] = USUAL_METHODS,
): void {
  exchange.status = 204
  const fields = ['allow', methods.join(', '), INTERACTION_ID, exchange.interactionId]
  withSignature(
    exchange,
    { status: 204, fields, body: '' },
    now,
    (more) => {
      exchange.downstream.answer(204, [...fields, ...more], '', false)
      done()
    },
    () => respondRefused(exchange, S.SIG_SIGNER_FAILED, now, done),
  )
}

/** FETCH §3.3: what a browser wants to know before it lets a script send its request. */
export function respondToPreflight(exchange: Exchange, { route, fields }: Preflight): void {
  exchange.evidence.route = route
  exchange.status = 204
  exchange.downstream.answer(204, [...fields, INTERACTION_ID, exchange.interactionId], '', false)
}
