import { X509Certificate } from 'node:crypto'
import { certificatesIn, parseCertificate } from '../../codec/certificate.ts'
import type { Log } from '../../services/log/log.ts'
import type { Settings } from '../settings/settings.ts'
import { dayOf } from './certificates.ts'

/**
 * Says by whose certificates clients may come, at start and after each reload: what was in force at a moment is then in the
 * log (FAPI2-SP §5.2.2.1), whatever has become of the files.
 */
export function stateClientAuthorities({ listeners }: Settings, log: Log): void {
  for (const { name: listener, tls } of listeners) {
    if (tls.clientCa.length === 0) continue
    log.info('client authorities', { listener, authorities: tls.clientCa.flatMap(authoritiesIn) })
  }
}

/** One text for each certificate of a PEM file: SHA-256 of it as in `x5t#S256`, its subject, and the day on which it ends. */
function authoritiesIn(pem: string): readonly string[] {
  return certificatesIn(pem).flatMap((each) => {
    const facts = parseCertificate(new X509Certificate(each).raw)
    if (facts === undefined) return []
    return [`${facts.thumbprint} ${facts.subject} until ${dayOf(facts.notAfter)}`]
  })
}
