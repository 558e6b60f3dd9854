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
      attributes: attributesOf(certificate.subject),
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

/**
 * From the text that Node makes of a subject: a line for each part, ` + ` between those of one, and what could be taken for either escaped.
 * Its `toLegacyObject` has the values as they are, and ends the process where the key lies on a curve that NIST has no name for.
 */
function attributesOf(subject: string | undefined): Map<string, readonly string[]> {
  const attributes = new Map<string, readonly string[]>()
  for (const part of subject?.split(/\n| \+ /) ?? []) {
    const equals = part.indexOf('=')
    const name = part.slice(0, equals)
    const value = unescaped(part.slice(equals + 1))
    attributes.set(name, [...(attributes.get(name) ?? []), value])
  }
  return attributes
}

/** RFC 2253 §2.4. */
function unescaped(value: string): string {
  return value.replace(/\\([0-9A-F]{2}|.)/g, (_, escaped: string) =>
    escaped.length === 1 ? escaped : String.fromCharCode(Number.parseInt(escaped, 16)),
  )
}

/** SHA-256 over the certificate, in base64url, as `x5t#S256` has it (RFC 8705 §3.1). */
export function thumbprintOf(der: Buffer): string {
  return createHash('sha256').update(der).digest('base64url')
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
