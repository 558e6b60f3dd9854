import { inOneLine, issuedItself } from '../../codec/certificate.ts'
import type { Fault, Notice, Path } from '../../config/problem.ts'
import type { Settings } from '../settings/settings.ts'
import { NAMELESS, trustedBy } from './named-certificates.ts'

/** A certificate of `client_ca` by which no client is let in, its own holder neither. */
interface DeadEnd {
  readonly path: Path
  readonly subject: string
  readonly issuer: string
  readonly isAuthority: boolean
  /** Whether no other certificate of the listener lets anybody in. */
  readonly isAlone: boolean
}

/** Certificates of clients where those of their CA belong, and with which nobody at all is let in. */
export function* deadEndFaults(settings: Settings): Iterable<Fault> {
  for (const { path, subject, issuer, isAuthority, isAlone } of deadEnds(settings)) {
    if (isAuthority || !isAlone) continue
    const found = `one of ${JSON.stringify(subject)}, which is none`
    yield { path, expected: "a CA's certificate", found, hint: `${JSON.stringify(issuer)} issued it` }
  }
}

/** The same, and CAs that lead on to one that is not trusted: what is left are clients that lead elsewhere too. */
export function* deadEndNotices(settings: Settings): Iterable<Notice> {
  for (const { path, subject, issuer, isAuthority } of deadEnds(settings)) {
    const says = isAuthority
      ? `${subject} was issued by ${issuer}, which is not in \`client_ca\`; no client that leads to it alone is let in`
      : `${subject} is no CA, and ${issuer}, which issued it, is not in \`client_ca\`; nobody is let in by it alone`
    yield { path, says }
  }
}

/** A chain must end at one that issued itself, and where that is trusted it needs to be no CA to let its own holder in. */
function* deadEnds({ listeners }: Settings): Iterable<DeadEnd> {
  for (const [at, listener] of listeners.entries()) {
    const trusted = trustedBy(listener, at)
    const isAlone = !trusted.some(({ certificate }) => issuedItself(certificate))
    for (const { path, certificate, subject } of trusted) {
      if (issuedItself(certificate)) continue
      if (trusted.some((other) => certificate.checkIssued(other.certificate))) continue
      const issuer = inOneLine(certificate.issuer) || NAMELESS
      yield { path, subject, issuer, isAuthority: certificate.ca, isAlone }
    }
  }
}
