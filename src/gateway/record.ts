import { fieldValue } from '../codec/field-scan.ts'
import { ownText } from '../codec/own-text.ts'
import { withoutSecrets } from '../codec/target-uri.ts'
import type { RawRequest } from '../decision/scan.ts'
import type { RouteVerdict } from '../domain/route-counts.ts'
import type { Log } from '../services/log/log.ts'
import type { Metrics } from '../services/metrics/metrics.ts'
import { clientClaimed } from './client-claimed.ts'
import { bounded, detailOf } from './detail.ts'
import type { Exchange } from './exchange.ts'
import { type ExplainedRefusal, explainRefusal } from './refusals.ts'

/** Writes down what became of a request: one line, the counters, and of a refusal how it came about. Tokens, proofs and queries never get here. */
export function recorder(
  log: Log,
  metrics: Metrics,
  access: boolean,
  keep: ((make: () => ExplainedRefusal) => void) | null,
): (exchange: Exchange) => void {
  return (exchange) => {
    const { evidence, refused, decidedAt, judgedAt, answeredAt, startedAt, observation } = exchange
    const verdict = verdictOf(exchange)
    const counts = evidence.route?.counts ?? metrics.unrouted
    counts[verdict] += 1
    if (refused !== null) {
      metrics.denial(refused.code)
      keep?.(() => explainRefusal(exchange, refused, headOf(exchange)))
    }
    for (const { rule, code } of observation?.refusals ?? [])
      metrics.shadowRefusal(evidence.route?.id ?? 'none', rule, code)
    if (decidedAt !== null) metrics.decision((decidedAt - startedAt) / 1000)
    if (answeredAt !== null && decidedAt !== null && evidence.route !== null) {
      metrics.upstream(evidence.route.upstream, (answeredAt - (judgedAt ?? decidedAt)) / 1000)
    }
    const watched = observation !== null && observation.refusals.length > 0
    if (access || watched || verdict !== 'admitted') log.record(line(exchange, verdict))
  }
}

function verdictOf({ gone, refused }: Exchange): RouteVerdict {
  if (gone) return 'gone'
  if (refused === null) return 'admitted'
  return refused.status >= 500 && refused.status !== 503 ? 'failed' : 'refused'
}

function line(exchange: Exchange, verdict: RouteVerdict): object {
  const { downstream, evidence, refused, snapshot, observation } = exchange
  const { token } = evidence
  const ended = performance.now()
  const head = headOf(exchange)
  // Written out, and no member left out or spread: an object of one shape is told apart from all others once.
  return {
    interaction_id: head.interaction_id,
    listener: head.listener,
    route: head.route,
    method: head.method,
    host: head.host,
    path: head.path,
    protocol: downstream.raw.version,
    remote: downstream.connection.remoteAddress,
    verdict,
    status: exchange.gone ? 499 : exchange.status,
    code: refused?.code ?? null,
    cite: refused?.cite ?? null,
    detail: exchange.detail ?? (isCut(exchange) ? CUT : detailOf(exchange)),
    issuer: token?.trust.name ?? null,
    client_id: token?.clientId || observation?.clientId || null,
    shadow: observation === null ? undefined : observation.refusals,
    client_claimed: refused === null && observation === null ? undefined : clientClaimed(exchange),
    subject: token?.subject || null,
    token: evidence.tokenHash,
    jti: token?.jti ?? null,
    jkt: token?.jkt ?? null,
    peer: downstream.raw.peer?.thumbprint ?? null,
    peer_rejected: downstream.raw.peerRejected,
    decision_us: micros(exchange.startedAt, exchange.decidedAt),
    body_us: micros(exchange.decidedAt, exchange.judgedAt),
    upstream_us: micros(exchange.judgedAt ?? exchange.decidedAt, exchange.answeredAt),
    total_us: micros(exchange.startedAt, ended),
    bytes_out: exchange.bytesOut,
    snapshot: snapshot.id,
  }
}

/** Whether it ended with the process, and not by its client. */
function isCut({ gone, downstream }: Exchange): boolean {
  return gone && downstream.connection.isCut
}

/** Which request it was, as it is told; without its query. */
function headOf({ interactionId, listener, evidence, downstream, facts }: Exchange) {
  const { method, target } = downstream.raw
  return {
    interaction_id: interactionId,
    listener,
    route: evidence.route?.id ?? null,
    method,
    host: facts?.authority ?? refusedHost(downstream.raw),
    path: facts === null ? bounded(withoutSecrets(target)) : ownText(facts.path),
  }
}

function refusedHost({ authority, fields }: RawRequest): string | null {
  const host = authority ?? fieldValue(fields, 'host')
  return host === null ? null : bounded(withoutSecrets(host))
}

function micros(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.round((to - from) * 1000)
}

const CUT = 'cut at drain_timeout'
