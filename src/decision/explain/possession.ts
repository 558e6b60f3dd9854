import type { UnixSeconds } from '../../domain/check.ts'
import type { Shown } from '../../domain/peer-identity.ts'
import type { PossessionRules } from '../possession.ts'
import type { Judged } from './explain.ts'
import { compareProof } from './proof.ts'
import { moment } from './shown.ts'
import type { Comparison } from './steps.ts'

/** Every member of `cnf` against what proves it. */
export function* comparePossession({ facts, evidence, now }: Judged): Iterable<Comparison> {
  const { token, presented, route } = evidence
  if (facts === null || token === null || presented === null || route === null || route.demands === null)
    return
  const { possession, dpop } = route.demands
  const { jkt, x5t } = token
  const members = Object.keys(Object(token.claims['cnf'])).join(' ') || 'none'
  if (possession.strictConfirmation)
    yield { codes: ['TOKEN_CONFIRMATION'], what: 'members of cnf', came: members, wanted: 'jkt, x5t#S256' }
  yield { codes: ['TOKEN_UNBOUND'], what: 'cnf', came: members, wanted: bindings(possession) }
  yield {
    codes: ['TOKEN_SCHEME'],
    what: 'scheme',
    came: presented.scheme,
    wanted: jkt === null ? 'Bearer, as cnf has no jkt' : 'DPoP, as cnf has jkt',
  }
  yield { codes: ['TOKEN_SENDER'], what: 'sender', came: members, wanted: bindings(possession) }
  if (jkt !== null) yield* compareProof(facts, { hash: token.hash, jkt }, dpop, now)
  if (x5t !== null) yield* compareCertificate(x5t, facts, now)
}

function* compareCertificate(
  x5t: string,
  { peer, peerRejected }: Shown,
  now: UnixSeconds,
): Iterable<Comparison> {
  yield {
    codes: ['MTLS_ABSENT'],
    what: 'client certificate',
    came: peer?.subject ?? (peerRejected === null ? 'none' : 'one'),
    wanted: 'one',
  }
  if (peer === null) {
    if (peerRejected === null) return
    const codes = ['MTLS_UNTRUSTED', 'MTLS_REVOKED', 'MTLS_EXPIRED']
    return yield { codes, what: 'what TLS has against it', came: peerRejected, wanted: 'nothing' }
  }
  const valid = `from ${moment(peer.notBefore, now)} to ${moment(peer.notAfter, now)}`
  yield {
    codes: ['MTLS_EXPIRED'],
    what: 'its validity',
    came: valid,
    wanted: peer.mode === 'pki' ? `holds at ${now}` : 'not looked at',
  }
  yield { codes: ['MTLS_THUMBPRINT'], what: 'x5t#S256', came: peer.thumbprint, wanted: x5t }
}

function bindings({ senders, acceptsBearer }: PossessionRules): string {
  const members = senders.map((sender) => (sender === 'dpop' ? 'jkt' : 'x5t#S256'))
  return [...members, ...(acceptsBearer ? ['none at all'] : [])].join(' or ')
}
