import { X509Certificate } from 'node:crypto'
import { certificatesIn, parseCertificate } from '../../codec/certificate.ts'
import { subjectText } from '../../codec/distinguished-name.ts'
import { revocationListsIn } from '../../codec/revocation-list.ts'
import type { Notice } from '../../config/problem.ts'
import type { Settings } from '../settings/settings.ts'
import { NAMELESS } from './certificates.ts'

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
