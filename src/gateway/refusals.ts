import { statusOf } from '../decision/answer-body.ts'
import { Evidence } from '../decision/evidence.ts'
import { type Explanation, explain } from '../decision/explain/explain.ts'
import { answersFor } from '../decision/snapshot.ts'
import type { Denial } from '../domain/denial.ts'
import type { KeptRefusal } from '../services/refusals/recent-refusals.ts'
import { clientClaimed } from './client-claimed.ts'
import type { Exchange } from './exchange.ts'
import type { ParseFault } from './parse-fault.ts'

/** What is kept of a refusal, for whoever has to find out why: plain data, without tokens, proofs, keys and queries. */
export type ExplainedRefusal = Explanation & KeptRefusal

/** Made once a request was refused, never for one that passes; `head` says which it was. */
export function explainRefusal(
  exchange: Exchange,
  refused: Denial,
  head: { readonly interaction_id: string },
): ExplainedRefusal {
  const { downstream, evidence, facts, body, rules, detail, snapshot } = exchange
  const time = Date.now()
  const now = Math.floor(time / 1000)
  const scanned = rules === null ? null : { raw: downstream.raw, rules }
  return {
    time: new Date(time).toISOString(),
    ...head,
    client_id: evidence.token?.clientId || null,
    client_claimed: clientClaimed(exchange),
    peer_rejected: downstream.raw.peerRejected,
    ...explain({ facts, evidence, body, refused, now, scanned, detail }),
    status: statusOf(refused, answersFor(evidence, snapshot)),
  }
}

/** The same for what the HTTP parser could not read. */
export function explainFault(listener: string, fault: ParseFault): ExplainedRefusal {
  const time = Date.now()
  return {
    time: new Date(time).toISOString(),
    interaction_id: fault.interactionId,
    listener,
    detail: fault.detail,
    ...explain({
      facts: null,
      evidence: new Evidence(),
      body: null,
      refused: fault.denial,
      now: Math.floor(time / 1000),
      detail: fault.detail,
    }),
  }
}
