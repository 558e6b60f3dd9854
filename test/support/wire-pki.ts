import '../../certs/reflect-metadata.ts'
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import type { Authority } from '../../certs/issue.ts'
import { makePki } from '../../certs/make.ts'
import { thumbprintOf } from '../../src/codec/certificate.ts'

/** What a client shows in the handshake, PEM. */
export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

/** The folder of a throw-away PKI, one a day for all test files: whoever is first makes it, whole or not at all. */
export async function pkiFolder(): Promise<string> {
  const folder = join(tmpdir(), `holdfast-test-pki-${TODAY}`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.${randomBytes(6).toString('hex')}`
  await makePki(draft)
  try {
    await rename(draft, folder)
  } catch {
    await rm(draft, { recursive: true })
  }
  return folder
}

export type ClientName = 'client-1' | 'client-2' | 'revoked' | 'stranger'

export async function clientCertificate(name: ClientName): Promise<ClientCertificate> {
  const folder = await pkiFolder()
  return {
    cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    key: readFileSync(join(folder, `${name}-key.pem`), 'utf8'),
  }
}

/** The value of `cnf["x5t#S256"]` for a certificate (RFC 8705 §3.1). */
export function x5tOf({ cert }: ClientCertificate): string {
  return thumbprintOf(Buffer.from(new x509.X509Certificate(cert).rawData))
}

/** A client certificate of this authority that ends so many seconds from now; fewer than none: it has ended. */
export async function shortLived(authority: Authority, seconds: number): Promise<ClientCertificate> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const issuer = new x509.X509Certificate(authority.certificate).subject
  const leaf = await issued('CN=client-1', keys, issuer, await signingKeyOf(authority), FOR_CLIENTS, seconds)
  return { cert: leaf.toString('pem'), key: await pkcs8(keys.privateKey) }
}

/** A revocation list of this authority that lists nobody and ends so many seconds from now. */
export async function shortList(authority: Authority, seconds: number): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(authority.certificate).subject,
    thisUpdate: new Date(Date.now() - 3_600_000),
    nextUpdate: new Date(Date.now() + seconds * 1000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    signingKey: await signingKeyOf(authority),
    entries: [],
  })
  return `${x509.PemConverter.encode(list.rawData, 'X509 CRL')}\n`
}

/** A client certificate below an intermediate one of this name, which the client sends with it, and the anchor of both. PEM. */
export async function belowAnIntermediate(name = 'CN=intermediate'): Promise<{
  client: ClientCertificate
  above: string
  anchor: string
}> {
  const [top, middle, own] = await Promise.all(
    [0, 1, 2].map(() => webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])),
  )
  const isAuthority = [new x509.BasicConstraintsExtension(true, undefined, true)]
  const anchor = await issued('CN=anchor', top!, 'CN=anchor', top!.privateKey, isAuthority)
  const above = await issued(name, middle!, 'CN=anchor', top!.privateKey, isAuthority)
  const leaf = await issued('CN=client-1', own!, name, middle!.privateKey, FOR_CLIENTS)
  // The anchor is sent too, as some clients do; nobody needs it.
  const cert = [leaf, above, anchor].map((each) => each.toString('pem')).join('\n')
  return {
    client: { cert, key: await pkcs8(own!.privateKey) },
    above: above.toString('pem'),
    anchor: anchor.toString('pem'),
  }
}

/** A certificate that nobody signed but its own key. */
export async function selfSigned(name = 'CN=nobody vouches for me'): Promise<ClientCertificate> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const certificate = await issued(name, keys, name, keys.privateKey, [])
  return { cert: certificate.toString('pem'), key: await pkcs8(keys.privateKey) }
}

/** A certificate for localhost, and beside it one that says it were of its issuer, for a key on such a curve; who trusts the true one is in no doubt. */
export async function withFalseIssuer(namedCurve: string): Promise<ClientCertificate & { ca: string }> {
  const [authority, own] = await Promise.all(
    [0, 1].map(() => webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])),
  )
  const { publicKey, privateKey } = authority!
  const named = [
    new x509.BasicConstraintsExtension(true, undefined, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ]
  const name = 'CN=an issuer'
  const ca = await issued(name, authority!, name, privateKey, named)
  const untrue = await issued(name, { publicKey: keyOn(namedCurve).spki }, name, own!.privateKey, named)
  const leaf = await issued('CN=localhost', own!, name, privateKey, [
    await x509.AuthorityKeyIdentifierExtension.create(publicKey),
    new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
  ])
  return {
    cert: [leaf, untrue].map((each) => each.toString('pem')).join('\n'),
    key: await pkcs8(own!.privateKey),
    ca: ca.toString('pem'),
  }
}

/** One for a key on a curve that the platform's `webcrypto` does not have, signed by another key that nobody knows. */
export async function onCurve(namedCurve: string): Promise<ClientCertificate> {
  const { spki, key } = keyOn(namedCurve)
  const signer = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const name = `CN=on ${namedCurve}`
  const certificate = await issued(name, { publicKey: spki }, name, signer.privateKey, FOR_CLIENTS)
  return { cert: certificate.toString('pem'), key }
}

function keyOn(namedCurve: string): { readonly spki: x509.PublicKey; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const spki = new x509.PublicKey(Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })))
  return { spki, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** For so many seconds from now, and the hour before. */
function issued(
  subject: string,
  { publicKey }: { readonly publicKey: x509.PublicKeyType },
  issuer: string,
  signingKey: webcrypto.CryptoKey,
  extensions: x509.Extension[],
  seconds = 86_400,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: `40${randomBytes(15).toString('hex')}`,
    subject,
    issuer,
    publicKey,
    signingKey,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + seconds * 1000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions,
  })
}

function signingKeyOf({ key }: Authority): Promise<webcrypto.CryptoKey> {
  const der = Uint8Array.from(key.export({ type: 'pkcs8', format: 'der' }))
  return webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign'])
}

async function pkcs8(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

const FOR_CLIENTS = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]
const P256 = { name: 'ECDSA', namedCurve: 'P-256' }
/** Of the test file: a day that begins meanwhile brings no other PKI. */
const TODAY = new Date().toISOString().slice(0, 10)

/** Writes a PEM text into a file beside the PKI; gives its path. */
export async function written(pem: string): Promise<string> {
  const file = join(await pkiFolder(), `written-${randomBytes(6).toString('hex')}.pem`)
  await writeFile(file, pem)
  return file
}
