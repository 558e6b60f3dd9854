import { X509Certificate } from 'node:crypto'
import type { WrittenRequest, WrittenVerdict } from '../../cli/explain.ts'
import { normalAuthority } from '../../codec/authority.ts'
import { parseCertificate } from '../../codec/certificate.ts'
import { fieldValue } from '../../codec/field-scan.ts'
import { statusOf } from '../../decision/answer-body.ts'
import { answerPreflight, type Preflight } from '../../decision/cors.ts'
import { decide } from '../../decision/decide.ts'
import { decideBody } from '../../decision/decide-body.ts'
import { Evidence } from '../../decision/evidence.ts'
import { explain, type Judged } from '../../decision/explain/explain.ts'
import type { Scanned } from '../../decision/explain/scan.ts'
import { type RawRequest, scan } from '../../decision/scan.ts'
import { answersFor } from '../../decision/snapshot.ts'
import { Admission } from '../../decision/verdict.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { type Denial, isDenial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { PeerIdentity } from '../../domain/peer-identity.ts'
import type { ListenerSettings } from '../../gateway/listener.ts'
import { supplied } from '../../gateway/supply.ts'
import type { Log } from '../../services/log/log.ts'
import { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { unixNow } from '../clock.ts'
import { decisionOf } from '../decision.ts'
import { Fetched } from '../fetched/fetched.ts'
import type { Settings } from '../settings/settings.ts'
import { heldBody, type ReadRequest, readRequest } from './written-request.ts'

/**
 * Judges one request as the gateway of this configuration would, with the same keys and the same questions to the same
 * servers, and tells how that went. Nothing is spent, sent on or recorded. Throws where there is no such listener.
 */
export async function explainRequest(settings: Settings, written: WrittenRequest): Promise<WrittenVerdict> {
  const request = readRequest(written.request)
  const listener = listenerFor(settings, written, isDenial(request) ? null : request.raw)
  if (isDenial(request)) return told(request, written, null)
  const peer = written.certificate === null ? null : peerOf(written.certificate, listener)
  const raw = { ...request.raw, peer }
  const facts = scan(raw, listener.rules)
  if (isDenial(facts)) return told(facts, written, { raw, rules: listener.rules })
  const warnings: string[] = []
  const warn = (message: string, fields = {}) => {
    warnings.push([message, ...Object.values(fields)].join(': '))
  }
  const fetched = new Fetched({ ...SILENT, warn }, new ControlMetrics(), nothing)
  fetched.add(settings)
  try {
    const snapshot = decisionOf(settings, fetched)
    const evidence = new Evidence()
    const now = () => written.at ?? unixNow()
    const again = () => decide(facts, snapshot, evidence, now())
    const preflight = answerPreflight(facts, snapshot.router)
    if (preflight !== null && !isDenial(preflight)) evidence.route = preflight.route
    const first = preflight === null ? again() : preflight
    const verdict = first instanceof Need ? await supplied(first, again) : first
    const judged = judgeBody(verdict, request, now())
    const breaksOff = judged.refused === null ? (request.broken?.code ?? null) : null
    const explained = explain({ facts, evidence, ...judged, now: now() })
    const status = judged.refused && statusOf(judged.refused, answersFor(evidence, snapshot))
    return { ...explained, status, breaksOff, warnings }
  } finally {
    fetched.stop()
  }
}

/** The second half, where the head was admitted and something of the body is to be judged. */
function judgeBody(
  verdict: Admission | Preflight | Denial,
  request: ReadRequest,
  now: UnixSeconds,
): Pick<Judged, 'body' | 'refused'> {
  if (isDenial(verdict)) return { body: null, refused: verdict }
  if (!(verdict instanceof Admission) || verdict.holds === null) return { body: null, refused: null }
  const body = heldBody(request, verdict.holds)
  if (isDenial(body)) return { body: null, refused: body }
  return { body, refused: decideBody(verdict, body, now) ?? null }
}

/** Before it was a request that can be judged. */
function told(refused: Denial, { at }: WrittenRequest, scanned: Scanned | null): WrittenVerdict {
  const evidence = new Evidence()
  const explanation = explain({ facts: null, evidence, body: null, refused, now: at ?? unixNow(), scanned })
  return { ...explanation, breaksOff: null, warnings: [] }
}

function listenerFor(
  { listeners }: Settings,
  { listener: name }: WrittenRequest,
  raw: RawRequest | null,
): ListenerSettings {
  const host = raw === null ? null : fieldValue(raw.fields, 'host')
  const authority = normalAuthority(host ?? '', 'https')
  const found =
    name === null
      ? (listeners.find(({ rules }) => rules.origins.has(authority ?? '')) ?? listeners[0])
      : listeners.find((each) => each.name === name)
  if (found === undefined)
    throw new Error(
      `there is no listener ${name}; there are ${listeners.map((each) => each.name).join(', ')}`,
    )
  return found
}

function peerOf(pem: string, { tls }: ListenerSettings): PeerIdentity | null {
  const facts = parseCertificate(new X509Certificate(pem).raw)
  if (facts === undefined || tls.clientCertificate === 'none') return null
  return { ...facts, mode: tls.mode }
}

const nothing = () => {}
const SILENT: Log = {
  record: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  flush: nothing,
}
