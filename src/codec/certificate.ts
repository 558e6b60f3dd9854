import { createHash, X509Certificate } from 'node:crypto'
import { rolesOfPspIn } from './roles-of-psp.ts'

/** What we read out of a certificate. */
export interface CertificateFacts {
  /** SHA-256 over the DER octets, base64url without padding: compared with `cnf["x5t#S256"]` (RFC 8705 §3.1). */
  readonly thumbprint: string
  /** RFC 4514-like, one line, for records. */
  readonly subject: string
  /** What it says of its subject, by the short names of OpenSSL: `CN`, `UID`, `organizationIdentifier`. Of one name there may be several. */
  readonly attributes: ReadonlyMap<string, readonly string[]>
  /** Of a payment service provider under PSD2: `PSP_AI`. */
  readonly roles: readonly string[]
  /** Unix seconds. */
  readonly notBefore: number
  readonly notAfter: number
}

/** Each certificate of a PEM text, as it stands there (RFC 7468 §5). */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(CERTIFICATE) ?? []
}

/** Undefined where the octets are no X.509 certificate. */
export function parseCertificate(der: Buffer): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(der)
    return {
      thumbprint: thumbprintOf(der),
      subject: inOneLine(certificate.subject),
      attributes: attributesOf(certificate),
      roles: rolesOfPspIn(der),
      notBefore: Math.floor(certificate.validFromDate.getTime() / 1000),
      notAfter: Math.floor(certificate.validToDate.getTime() / 1000),
    }
  } catch {
    return undefined
  }
}

/**
 * A subject or an issuer in one line. Node has none where it is empty: what the certificate names is then among its alternative names
 * (RFC 5280 §4.1.2.6).
 */
export function inOneLine(name: string | undefined): string {
  return name?.replaceAll('\n', ', ') ?? ''
}

/** Whether a certificate names itself as its issuer, as those of roots do. */
export function issuedItself({ subject, issuer }: Pick<X509Certificate, 'subject' | 'issuer'>): boolean {
  return subject === issuer
}

/** Node has the values as they are, while those in the one line of the subject are escaped. */
function attributesOf(certificate: X509Certificate): Map<string, readonly string[]> {
  const attributes = Object.entries<string | string[] | undefined>(certificate.toLegacyObject().subject ?? {})
  return new Map(attributes.map(([name, values = []]) => [name, [values].flat()]))
}

/** SHA-256 over the certificate, in base64url, as `x5t#S256` has it (RFC 8705 §3.1). */
export function thumbprintOf(der: Buffer): string {
  return createHash('sha256').update(der).digest('base64url')
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
