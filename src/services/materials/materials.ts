import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { certificatesIn } from '../../codec/certificate.ts'
import { type FoundKey, parsePrivateKey } from './private-key.ts'

/** What is wrong with a file that the configuration names; `what` continues "expected". */
export interface MaterialFault {
  readonly expected: string
  readonly found: string
}

/** Reads PEM files as the configuration names them, and gathers every fault instead of stopping at the first. */
export class Materials {
  readonly faults: { readonly path: readonly (string | number)[]; readonly fault: MaterialFault }[] = []

  /** One or more certificates, PEM; '' where there was a fault. */
  certificates(file: string, path: readonly (string | number)[]): string {
    return this.#read(file, path, 'a PEM file with certificates', (text) => {
      const blocks = certificatesIn(text)
      for (const block of blocks) new X509Certificate(block)
      return blocks.length > 0 ? text : undefined
    })
  }

  revocationList(file: string, path: readonly (string | number)[]): string {
    return this.#read(file, path, 'a PEM file with a certificate revocation list', (text) => {
      createSecureContext({ crl: text })
      return REVOCATION_LIST.test(text) ? text : undefined
    })
  }

  /** A private key without a passphrase, PEM, that belongs to the certificate where one is given. */
  privateKey(file: string, path: readonly (string | number)[], certificate: string | null): string {
    const whose =
      certificate === null ? 'a PEM file with a private key' : 'the PEM private key of the certificate'
    const expected = `${whose}, without a passphrase`
    return this.#read(file, path, expected, (text) => {
      const mine = createPublicKey(createPrivateKey(text)).export({ type: 'spki', format: 'der' })
      if (certificate === null || certificate === '') return text
      const theirs = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
      if (!mine.equals(theirs)) return undefined
      // What TLS will not have, such as a short key, shows here.
      createSecureContext({ cert: certificate, key: text })
      return text
    })
  }

  /** A private key in PEM, JWK or PKCS#12; undefined where there was a fault. */
  anyPrivateKey(
    file: string,
    path: readonly (string | number)[],
    password: string | null,
  ): FoundKey | undefined {
    try {
      return parsePrivateKey(readFileSync(file), password)
    } catch (error) {
      const found = `a file that cannot be used (${reasonOf(error)})`
      this.faults.push({ path, fault: { expected: 'a private key in PEM, JWK or PKCS#12', found } })
      return undefined
    }
  }

  /** A secret, without the white space around it. */
  secret(file: string, path: readonly (string | number)[]): string {
    return this.#read(file, path, 'a file with a secret', (text) => text.trim() || undefined)
  }

  json(file: string, path: readonly (string | number)[]): unknown {
    let value: unknown
    this.#read(file, path, 'a JSON file', (text) => {
      value = JSON.parse(text)
      return text
    })
    return value
  }

  #read(
    file: string,
    path: readonly (string | number)[],
    expected: string,
    check: (text: string) => string | undefined,
  ): string {
    let found = 'something else'
    let text: string | null = null
    try {
      text = readFileSync(file, 'utf8')
      const checked = check(text)
      if (checked !== undefined) return checked
      if (text.trim() === '') found = 'an empty file'
    } catch (error) {
      found = `${contentOf(text)} that cannot be used (${reasonOf(error)})`
    }
    this.faults.push({ path, fault: { expected, found } })
    return ''
  }
}

/** What a file holds, by the labels of its PEM: more often than a damaged file it is the wrong one. */
function contentOf(text: string | null): string {
  if (text === null) return 'a file'
  const labels = new Set([...text.matchAll(LABEL)].map(([, label]) => label))
  if (LEGACY_ENCRYPTION.test(text)) return 'an encrypted key'
  if (labels.size > 0) return `a PEM file with ${[...labels].join(', ')}`
  return text.trim() === '' ? 'an empty file' : 'a file'
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const LABEL = /-----BEGIN ([A-Z0-9 ]+)-----/g
/** RFC 1421 §4.6.1.1. */
const LEGACY_ENCRYPTION = /^Proc-Type: 4,ENCRYPTED/m
const REVOCATION_LIST = /-----BEGIN X509 CRL-----/
