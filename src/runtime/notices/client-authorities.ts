import type { Log } from '../../services/log/log.ts'
import type { Settings } from '../settings/settings.ts'
import { dayOf } from './lives.ts'
import { type NamedCertificate, trustedBy } from './named-certificates.ts'

/**
 * Says by whose certificates clients may come, at start and after each reload: what was in force at a moment is then in the
 * log (FAPI2-SP §5.2.2.1), whatever has become of the files.
 */
export function stateClientAuthorities({ listeners }: Settings, log: Log): void {
  for (const [at, listener] of listeners.entries()) {
    const authorities = trustedBy(listener, at).map(authorityText)
    if (authorities.length > 0) log.info('client authorities', { listener: listener.name, authorities })
  }
}

/** SHA-256 of the certificate as in `x5t#S256`, its subject, and the day on which it ends. */
function authorityText({ facts }: NamedCertificate): string {
  return `${facts.thumbprint} ${facts.subject} until ${dayOf(facts.notAfter)}`
}
