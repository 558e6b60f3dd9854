import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { reasonOf } from '../domain/reason.ts'
import { UsageProblem } from './command.ts'

/** PKCS#8, PKCS#1 or SEC 1 in PEM, or a private JWK. Throws a UsageProblem that names the option. */
export function readPrivateKey(option: string, file: string): KeyObject {
  return readNamedKey(option, file).key
}

/** The same, with the `kid` of a JWK that has one. */
export function readNamedKey(option: string, file: string): { key: KeyObject; kid: string | undefined } {
  const text = readText(option, file)
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text), kid: undefined }
    const jwk = JSON.parse(text) as JWK
    return { key: createPrivateKey({ key: jwk, format: 'jwk' }), kid: jwk.kid }
  } catch {
    throw new UsageProblem(`${option} ${file} holds no private key, neither in PEM nor as a JWK.`)
  }
}

/** The first certificate of a PEM file. Throws a UsageProblem that names the option. */
export function readCertificate(option: string, file: string): X509Certificate {
  const text = readText(option, file)
  try {
    return new X509Certificate(text)
  } catch {
    throw new UsageProblem(`${option} ${file} holds no certificate in PEM.`)
  }
}

/** Makes a key that only its owner may read (PKCS#8, PEM); gives its public half. */
export async function makeKey(option: string, file: string, alg: NewKey = 'ES256'): Promise<JWK> {
  const { privateKey, publicKey } = NEW_KEYS[alg]()
  try {
    // Never over a key that is there: tokens may be bound to it.
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'EEXIST')
      throw new UsageProblem(`${file} is there already; remove it or name another.`)
    throw new UsageProblem(`${option} cannot be written: ${sentence(problem)}`)
  }
  return exportJWK(publicKey)
}

/** A line that tells of a new key. */
export async function newKeyLine(file: string, jwk: JWK): Promise<string> {
  return `${file} holds a new ${algorithmFor(jwk)} key; its thumbprint is ${await calculateJwkThumbprint(jwk)}\n`
}

/** The JWS algorithm that fits a key. Throws a UsageProblem where there is none. */
export function algorithmFor(jwk: JWK): string {
  const alg = ALGORITHMS.get(jwk.crv ?? jwk.kty ?? '')
  if (alg === undefined) throw new UsageProblem('A key of this type cannot sign.')
  return alg
}

/** The text of a file without white space around it. Throws a UsageProblem that names the option. */
export function readText(option: string, file: string): string {
  return readOctets(option, file).toString('utf8').trim()
}

/** A file as it is. Throws a UsageProblem that names the option. */
export function readOctets(option: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (problem) {
    // Not where it was looked for: who mistakes the option has written the secret there.
    const [reason] = (problem as Error).message.split(', ')
    throw new UsageProblem(`${option} cannot be read: ${reason}.`)
  }
}

export function sentence(problem: unknown): string {
  const text = reasonOf(problem)
  return text.endsWith('.') ? text : `${text}.`
}

/** RSA keys have the least length that FAPI 2.0 takes (FAPI2-SP §5.4.1). */
export const NEW_KEYS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
export type NewKey = keyof typeof NEW_KEYS

const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
  ['Ed25519', 'EdDSA'],
  ['RSA', 'PS256'],
])
