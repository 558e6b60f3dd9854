import './reflect-metadata.ts'
import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { psd2Statement, type Role } from './qc-statements.ts'

/** A certificate with its private key. `certificate` is PEM, `key` EC P-256. */
export interface Credential {
  readonly certificate: string
  readonly key: KeyObject
}

/** A certificate authority: signs leaves and its own revocation list. */
export interface Authority extends Credential {
  readonly issue: (profile: LeafProfile) => Promise<Credential>
  /** A CRL in PEM that lists exactly these certificates (RFC 5280 §5). */
  readonly revoke: (...certificates: readonly string[]) => Promise<string>
}

/** What a leaf certifies. `subject` is an RFC 4514 string. */
export interface LeafProfile {
  readonly subject: string
  readonly usage: 'serverAuth' | 'clientAuth'
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  /** Of a payment service provider under PSD2. */
  readonly roles?: readonly Role[]
}

/** Makes a self-signed root that may sign leaves and revocation lists, and nothing below a leaf (RFC 5280 §4.2.1.9). */
export async function makeAuthority(subject: string, lifetimeDays: number): Promise<Authority> {
  const keys = await generateKeys()
  const [notBefore, notAfter] = validity(lifetimeDays)
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject,
    keys,
    notBefore,
    notAfter,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })

  return {
    certificate: pem(root),
    key: await privateKey(keys),
    issue: (profile) => issueLeaf(root, keys, profile, lifetimeDays),
    revoke: (...certificates) => issueCrl(root, keys, certificates, lifetimeDays),
  }
}

/** A fresh EC P-256 private key, to sign with (ES256). */
export async function makeSigningKey(): Promise<KeyObject> {
  return privateKey(await generateKeys())
}

async function issueLeaf(
  root: x509.X509Certificate,
  rootKeys: webcrypto.CryptoKeyPair,
  profile: LeafProfile,
  lifetimeDays: number,
): Promise<Credential> {
  const keys = await generateKeys()
  const [notBefore, notAfter] = validity(lifetimeDays)
  const names: x509.JsonGeneralNames = [
    ...(profile.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(profile.ip ?? []).map((value) => ({ type: 'ip' as const, value })),
  ]
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: profile.subject,
    issuer: root.subjectName,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    notBefore,
    notAfter,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[profile.usage]]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ...(profile.roles === undefined ? [] : [psd2Statement(profile.roles)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  })
  return { certificate: pem(leaf), key: await privateKey(keys) }
}

async function issueCrl(
  root: x509.X509Certificate,
  rootKeys: webcrypto.CryptoKeyPair,
  certificates: readonly string[],
  lifetimeDays: number,
): Promise<string> {
  const [thisUpdate, nextUpdate] = validity(lifetimeDays)
  const crl = await x509.X509CrlGenerator.create({
    issuer: root.subjectName,
    thisUpdate,
    nextUpdate,
    signingAlgorithm: SIGNING,
    signingKey: rootKeys.privateKey,
    entries: certificates.map((certificate) => ({
      serialNumber: new x509.X509Certificate(certificate).serialNumber,
      revocationDate: thisUpdate,
      reason: x509.X509CrlReason.keyCompromise,
    })),
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey), crlNumber()],
  })
  // RFC 7468 §7 names the label; the library writes another, which OpenSSL does not read.
  return `${x509.PemConverter.encode(crl.rawData, 'X509 CRL')}\n`
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
}

async function privateKey(keys: webcrypto.CryptoKeyPair): Promise<KeyObject> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}

/** Positive and of fixed length: a serial number with its top bit set would be read as negative (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const octets = webcrypto.getRandomValues(new Uint8Array(16))
  octets[0] = (octets[0]! & 0x3f) | 0x40
  return Buffer.from(octets).toString('hex')
}

/** Begins an hour ago, so that a peer whose clock is a little behind accepts it too. */
function validity(days: number): [notBefore: Date, notAfter: Date] {
  const now = Date.now()
  return [new Date(now - HOUR_MS), new Date(now + days * 24 * HOUR_MS)]
}

/** RFC 5280 §5.2.3 asks for a CRL number; there is one list, so it is INTEGER 1. */
function crlNumber(): x509.Extension {
  return new x509.Extension('2.5.29.20', false, Uint8Array.of(0x02, 0x01, 0x01))
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

const SIGNING = { name: 'ECDSA', hash: 'SHA-256' }
const HOUR_MS = 3_600_000
