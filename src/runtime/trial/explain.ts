import { X509Certificate } from 'node:crypto'
import type { WrittenRequest, WrittenVerdict } from '../../cli/explain.ts'
import { normalAuthority } from '../../codec/authority.ts'
import { parseCertificate } from '../../codec/certificate.ts'
import { fieldValue } from '../../codec/field-scan.ts'
import { statusOf } from '../../decision/answer-body.ts'
import { answerPreflight } from '../../decision/cors.ts'
import { decide } from '../../decision/decide.ts'
import { decideBody } from '../../decision/decide-body.ts'
import { D } from '../../decision/denials.ts'
import { Evidence } from '../../decision/evidence.ts'
import { explain, type Judged } from '../../decision/explain/explain.ts'
import { type RawRequest, scan } from '../../decision/scan.ts'
import { answersFor, type Snapshot } from '../../decision/snapshot.ts'
import { Admission } from '../../decision/verdict.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import { isDenial } from '../../domain/denial.ts'
import { Need } from '../../domain/need.ts'
import type { PeerIdentity } from '../../domain/peer-identity.ts'
import type { RequestFacts } from '../../domain/request-facts.ts'
import { tooLarge } from '../../gateway/http1/request-head.ts'
import type { ListenerSettings } from '../../gateway/listener.ts'
import { RequestFault } from '../../gateway/request-fault.ts'
import { supplied } from '../../gateway/supply.ts'
import type { Log } from '../../services/log/log.ts'
import { ControlMetrics } from '../../services/metrics/control-metrics.ts'
import { unixNow } from '../clock.ts'
import { decisionOf } from '../decision.ts'
import { Fetched } from '../fetched/fetched.ts'
import type { Settings } from '../settings/settings.ts'
import { heldBody, type ReadRequest, readRequest, splitRequest } from './written-request.ts'

/**
 * Judges one request as the gateway of this configuration would, with the same keys and the same questions to the same
 * servers, and tells how that went. Nothing is spent, sent on or recorded. Throws where there is no such listener.
 */
export async function explainRequest(settings: Settings, written: WrittenRequest): Promise<WrittenVerdict> {
  const { head, behind } = splitRequest(written.request)
  const read = readRequest(head, behind)
  const listener = listenerFor(settings, written, read instanceof RequestFault ? null : read.raw)
  const { headerSize } = listener
  const request = head.length > headerSize ? tooLarge(head, headerSize) : read
  if (request instanceof RequestFault)
    return told({ refused: request.denial, detail: request.detail }, written)
  const peer = written.certificate === null ? null : peerOf(written.certificate, listener)
  const raw = { ...request.raw, peer }
  const facts = scan(raw, listener.rules)
  if (isDenial(facts)) return told({ refused: facts, scanned: { raw, rules: listener.rules } }, written)
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
    const verdict = await judgeHead(facts, snapshot, evidence, now)
    const isAdmitted = verdict instanceof Admission
    const judged = isAdmitted ? judgeRest(verdict, facts, request, now()) : { body: null, ...verdict }
    const breaksOff = isAdmitted && judged.refused === null ? (request.broken?.code ?? null) : null
    const explained = explain({ facts, evidence, ...judged, now: now() })
    const status = judged.refused && statusOf(judged.refused, answersFor(evidence, snapshot))
    return { ...explained, status, breaksOff, warnings }
  } finally {
    fetched.stop()
  }
}

/** The decision, unless the gateway has an answer of its own, for which nobody needs to be let in. */
async function judgeHead(
  facts: RequestFacts,
  snapshot: Snapshot,
  evidence: Evidence,
  now: () => UnixSeconds,
): Promise<Admission | Pick<Judged, 'refused' | 'answered'>> {
  if (facts.path === '*') return { refused: null, answered: 'scan' }
  const preflight = answerPreflight(facts, snapshot.router)
  if (isDenial(preflight)) return { refused: preflight }
  if (preflight !== null) return { refused: null, answered: 'preflight' }
  const again = () => decide(facts, snapshot, evidence, now())
  const first = again()
  const verdict = first instanceof Need ? await supplied(first, again) : first
  return isDenial(verdict) ? { refused: verdict } : (verdict as Admission)
}

/** What follows an admission: the body, where something of it is to be judged, and whether all can be signed that must be. */
function judgeRest(
  admission: Admission,
  facts: RequestFacts,
  request: ReadRequest,
  now: UnixSeconds,
): Pick<Judged, 'body' | 'refused' | 'detail'> {
  const body = admission.holds === null ? null : heldBody(request, admission.holds)
  if (isDenial(body)) return { body: null, refused: body }
  const objection = body === null ? undefined : decideBody(admission, body, now)
  if (objection !== undefined) return { body, refused: objection }
  const { route, bodyLimit } = admission
  if (route.publication !== null) return { body, refused: null }
  const { demands, identity, forwardSigning } = route
  // Where no token is asked for nobody is named.
  const named = demands === null ? undefined : identity?.signers
  const signers = [demands?.signedAnswers?.signer, named, forwardSigning?.signers]
  if (signers.some((each) => each !== undefined && each.current(facts.authority, now) === undefined))
    return { body, refused: D.SIGNING_UNAVAILABLE, detail: 'no signing key has its turn' }
  // One of unknown length is counted on its way.
  return { body, refused: body === null && request.body.length > bodyLimit ? D.BODY_TOO_LARGE : null }
}

/** Before it was a request that can be judged. */
function told(
  refusal: Pick<Judged, 'refused' | 'detail' | 'scanned'>,
  { at }: WrittenRequest,
): WrittenVerdict {
  const judged = { facts: null, evidence: new Evidence(), body: null, now: at ?? unixNow() }
  return { ...explain({ ...judged, ...refusal }), breaksOff: null, warnings: [] }
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
