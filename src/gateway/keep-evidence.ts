import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../codec/json.ts'
import type { EvidenceRecord } from '../domain/evidence-record.ts'
import type { HeldBody } from '../domain/held-body.ts'
import type { EvidenceLog } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { readIntegrityField } from '../verify/content-digest/expect.ts'
import type { Exchange } from './exchange.ts'
import { clientSignatures, gatewaySignatures, issuerSignatures } from './signature-evidence.ts'

/** Whether the route of a request keeps evidence, and none can be kept now: it may not be let through. */
export function lacksEvidence({ evidence: { route } }: Exchange, log: EvidenceLog | null): boolean {
  if (route === null || route.evidence === null) return false
  return log === null || !(log.isReady || log.isOptional)
}

/** Writes down a request that is let through, before the upstream sees any of it. */
export function keepRequest(exchange: Exchange, log: EvidenceLog | null): void {
  if (log === null || !exchange.evidence.route?.evidence) return
  exchange.evidenceId = randomUUID()
  log.append({
    ...aboutOf(exchange, exchange.evidenceId),
    kind: 'request',
    verdict: 'admitted',
    status: null,
    signatures: [...clientSignatures(exchange), ...issuerSignatures(exchange)],
    ...contentOf(exchange.body, exchange.evidence.route.evidence.bodies),
  })
}

/** Writes down what came of a request on a route that keeps evidence. */
export function keepOutcome(
  exchange: Exchange,
  log: EvidenceLog | null,
  keys: (keyId: string) => JsonObject | undefined,
): void {
  const kept = exchange.evidence.route?.evidence ?? null
  if (log === null || kept === null || exchange.facts === null) return
  const { evidenceId, refused, gone, status } = exchange
  const about = {
    status: gone ? null : status,
    verdict: refused?.code ?? (gone ? goneBy(exchange) : 'answered'),
    digests: digestsIn(exchange.answer.digest),
    body: exchange.answer.body?.toString('base64') ?? null,
  }
  const ours = gatewaySignatures(exchange, keys)
  if (evidenceId !== null) {
    log.append({ ...aboutOf(exchange, evidenceId), ...about, kind: 'answer', signatures: ours })
  } else if (exchange.evidence.token !== null) {
    // Whoever has no token of an issuer that we trust has said nothing that anybody could be held to.
    const signatures = [...clientSignatures(exchange), ...issuerSignatures(exchange), ...ours]
    log.append({ ...aboutOf(exchange, randomUUID()), ...about, kind: 'refusal', signatures })
  }
}

/** That an answer did not arrive is held against a client only where it went away by itself. */
function goneBy({ downstream }: Exchange): string {
  return downstream.connection.isCut ? 'cut at the end' : 'client gone'
}

type About = Omit<EvidenceRecord, 'kind' | 'verdict' | 'status' | 'signatures' | 'digests' | 'body'>

function aboutOf(exchange: Exchange, id: string): About {
  const { facts, evidence, interactionId, listener, snapshot, downstream } = exchange
  const { method, targetUri, query } = facts as RequestFacts
  const { token, route } = evidence
  return {
    exchange: id,
    interaction_id: interactionId,
    listener,
    route: route?.id ?? null,
    snapshot: snapshot.id,
    method,
    target: query === null ? targetUri : `${targetUri}?${query}`,
    issuer: token?.issuer ?? null,
    client_id: token?.clientId ?? null,
    subject: token?.subject ?? null,
    token_sha256: evidence.tokenHash,
    jti: token?.jti ?? null,
    jkt: token?.jkt ?? null,
    // As the request came: its connection may have lost it since, where trust was withdrawn.
    x5t_s256: downstream.raw.peer?.thumbprint ?? null,
    x5t_subject: downstream.raw.peer?.subject ?? null,
  }
}

function contentOf(body: HeldBody | null, keeps: boolean): Pick<EvidenceRecord, 'digests' | 'body'> {
  if (body === null) return { digests: {}, body: null }
  const digests = [...body.digests].map(([name, digest]) => [name, digest.toString('base64')] as const)
  return {
    digests: Object.fromEntries(digests),
    body: keeps ? Buffer.concat(body.blocks).toString('base64') : null,
  }
}

/** Out of a `Content-Digest` field of ours. */
function digestsIn(field: string | null): EvidenceRecord['digests'] {
  const digests = readIntegrityField(field) ?? []
  return Object.fromEntries(digests.map(({ algorithm, digest }) => [algorithm, digest.toString('base64')]))
}
