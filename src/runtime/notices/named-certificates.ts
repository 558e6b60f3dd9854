import { X509Certificate } from 'node:crypto'
import { type CertificateFacts, certificatesIn, parseCertificate } from '../../codec/certificate.ts'
import type { Path } from '../../config/problem.ts'
import type { ListenerSettings } from '../../gateway/listener.ts'

/** A certificate that the configuration names. */
export interface NamedCertificate {
  readonly path: Path
  readonly certificate: X509Certificate
  readonly facts: CertificateFacts
  /** Its subject, for people. */
  readonly subject: string
}

/** The first certificate of a PEM text; none where there is no text. */
export function named(path: Path, pem: string | null): readonly NamedCertificate[] {
  if (pem === null) return []
  const certificate = new X509Certificate(pem)
  const facts = parseCertificate(certificate.raw)
  return facts === undefined ? [] : [{ path, certificate, facts, subject: facts.subject || NAMELESS }]
}

/** What the certificates of clients of a listener may lead to: every certificate of `client_ca`. */
export function trustedBy({ tls }: Pick<ListenerSettings, 'tls'>, at: number): readonly NamedCertificate[] {
  return tls.clientCa.flatMap((pem, entry) =>
    certificatesIn(pem).flatMap((each) => named(['listeners', at, 'tls', 'client_ca', entry], each)),
  )
}

export const NAMELESS = 'a certificate without a name'
