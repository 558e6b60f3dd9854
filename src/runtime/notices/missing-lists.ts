import { X509Certificate } from 'node:crypto'
import { certificatesIn, parseCertificate } from '../../codec/certificate.ts'
import { subjectText } from '../../codec/distinguished-name.ts'
import { revocationListsIn } from '../../codec/revocation-list.ts'
import type { Fault, Notice } from '../../config/problem.ts'
import type { UnixSeconds } from '../../domain/check.ts'
import type { Settings } from '../settings/settings.ts'
import { NAMELESS, untimely } from './certificates.ts'

/**
 * Authorities of clients without a revocation list where others have one: where there is any, a chain must have one for each of its
 * authorities (RFC 5280 §6.3.3; X509_V_FLAG_CRL_CHECK_ALL of OpenSSL, which Node sets).
 */
export function* missingListNotices({ listeners }: Settings): Iterable<Notice> {
  for (const [at, { tls }] of listeners.entries()) {
    const listed = new Set(tls.clientCrl.flatMap(revocationListsIn).map(({ issuer }) => issuer))
    if (listed.size === 0) continue
    for (const [entry, pem] of tls.clientCa.entries()) {
      for (const { raw } of certificatesIn(pem).map((each) => new X509Certificate(each))) {
        if (listed.has(subjectText(raw) ?? '')) continue
        const name = parseCertificate(raw)?.subject || NAMELESS
        const says = `there is no list of ${name} in \`client_crl\`; no client that leads to it is let in`
        yield { path: ['listeners', at, 'tls', 'client_ca', entry], says }
      }
    }
  }
}

/** Authorities of clients whose every revocation list has ended, or is still to begin. Of one that has ended itself nobody misses it. */
export function* endedListFaults({ listeners }: Settings, now: UnixSeconds): Iterable<Fault> {
  for (const [at, { tls }] of listeners.entries()) {
    const lists = tls.clientCrl.flatMap((pem, entry) =>
      revocationListsIn(pem).map(({ issuer, thisUpdate, nextUpdate }) => ({
        ...{ issuer, entry },
        ended: untimely({ notBefore: thisUpdate, notAfter: nextUpdate }, now),
      })),
    )
    for (const { raw } of tls.clientCa.flatMap(certificatesIn).map((each) => new X509Certificate(each))) {
      const facts = parseCertificate(raw)
      const theirs = lists.filter(({ issuer }) => issuer === subjectText(raw))
      const last = theirs.at(-1)
      if (facts === undefined || untimely(facts, now) !== undefined) continue
      if (last === undefined || theirs.some(({ ended }) => ended === undefined)) continue
      yield {
        path: ['listeners', at, 'tls', 'client_crl', last.entry],
        expected: 'a revocation list that counts now',
        found: `one of ${facts.subject || NAMELESS} that ${last.ended}`,
      }
    }
  }
}
