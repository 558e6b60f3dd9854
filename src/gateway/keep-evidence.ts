import { randomUUID } from 'node:crypto'
import { parseCompactJws } from '../codec/compact-jws.ts'
import type { JsonObject } from '../codec/json.ts'
import type { EvidenceRecord, SignatureEvidence } from '../domain/evidence-record.ts'
import type { HeldBody } from '../domain/held-body.ts'
import type { EvidenceLog } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { Exchange } from './exchange.ts'

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
    signatures: clientSignatures(exchange),
    ...contentOf(exchange.body, exchange.evidence.route.evidence.bodies),
  })
}

/** Writes down what came of a request on a route that keeps evidence. */
export function keepOutcome(exchange: Exchange, log: EvidenceLog | null): void {
  const kept = exchange.evidence.route?.evidence ?? null
  if (log === null || kept === null || exchange.facts === null) return
  const { evidenceId, refused, gone, status } = exchange
  const about = {
    status: gone ? null : status,
    verdict: refused?.code ?? (gone ? 'client gone' : 'answered'),
    digests: {},
    body: null,
  }
  if (evidenceId !== null) {
    log.append({ ...aboutOf(exchange, evidenceId), ...about, kind: 'answer', signatures: [] })
  } else if (exchange.evidence.token !== null) {
    // Whoever has no token of an issuer that we trust has said nothing that anybody could be held to.
    const signatures = clientSignatures(exchange)
    log.append({ ...aboutOf(exchange, randomUUID()), ...about, kind: 'refusal', signatures })
  }
}

type About = Omit<EvidenceRecord, 'kind' | 'verdict' | 'status' | 'signatures' | 'digests' | 'body'>

function aboutOf(exchange: Exchange, id: string): About {
  const { facts, evidence, interactionId, listener, snapshot, downstream } = exchange
  const { method, targetUri, query } = facts as RequestFacts
  const { token, presented, route } = evidence
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
    token_sha256: presented?.hash ?? null,
    jkt: token?.jkt ?? null,
    x5t_s256: downstream.connection.peer?.thumbprint ?? null,
  }
}

/** What the client has signed, as far as it was verified: a DPoP proof is a signature over method, target, token and time (RFC 9449 §4.2). */
function clientSignatures({
  facts,
  evidence: { possession, token },
}: Exchange): readonly SignatureEvidence[] {
  const proof = possession?.once == null ? undefined : parseCompactJws(facts?.dpop ?? '')
  if (proof === undefined || token === null) return []
  const { header, signingInput, signature } = proof
  return [
    {
      by: 'client',
      label: 'dpop',
      base: signingInput,
      signature: signature.toString('base64'),
      algorithm: String(header['alg']),
      keyid: null,
      thumbprint: String(token.jkt),
      jwk: header['jwk'] as JsonObject,
    },
  ]
}

function contentOf(body: HeldBody | null, keeps: boolean): Pick<EvidenceRecord, 'digests' | 'body'> {
  if (body === null) return { digests: {}, body: null }
  const digests = [...body.digests].map(([name, digest]) => [name, digest.toString('base64')] as const)
  return {
    digests: Object.fromEntries(digests),
    body: keeps ? Buffer.concat(body.blocks).toString('base64') : null,
  }
}
