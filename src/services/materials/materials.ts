import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { certificatesIn } from '../../codec/certificate.ts'
import { contentOf, holds, isPem } from './content.ts'
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
      if (blocks.length > 0) return undefined
      return holds(text, /^CERTIFICATE$/) ? 'a certificate without its end' : contentOf(text)
    })
  }

  revocationList(file: string, path: readonly (string | number)[]): string {
    return this.#read(file, path, 'a PEM file with a certificate revocation list', (text) => {
      if (!holds(text, /^X509 CRL$/)) return contentOf(text)
      createSecureContext({ crl: text })
      return undefined
    })
  }

  /** A private key without a passphrase, PEM, that belongs to the certificate where one is given. */
  privateKey(file: string, path: readonly (string | number)[], certificate: string | null): string {
    const whose =
      certificate === null ? 'a PEM file with a private key' : 'the PEM private key of the certificate'
    return this.#read(file, path, `${whose}, without a passphrase`, (text) => {
      if (!holds(text, /PRIVATE KEY$/)) return contentOf(text)
      const mine = createPublicKey(createPrivateKey(text)).export({ type: 'spki', format: 'der' })
      if (certificate === null || certificate === '') return undefined
      const theirs = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
      if (!mine.equals(theirs)) return 'a key that does not belong to the certificate'
      // What TLS will not have, such as a short key, shows here.
      createSecureContext({ cert: certificate, key: text })
      return undefined
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
    const check = (text: string) => (text.trim() === '' ? 'an empty file' : undefined)
    return this.#read(file, path, 'a file with a secret', check).trim()
  }

  json(file: string, path: readonly (string | number)[]): unknown {
    let value: unknown
    this.#read(file, path, 'a JSON file', (text) => {
      if (isPem(text) || text.trim() === '') return contentOf(text)
      value = JSON.parse(text)
      return undefined
    })
    return value
  }

  /** The text of a file; '' where `check` says what it is instead, or throws. */
  #read(
    file: string,
    path: readonly (string | number)[],
    expected: string,
    check: (text: string) => string | undefined,
  ): string {
    let text = ''
    let found: string | undefined
    try {
      text = readFileSync(file, 'utf8')
      found = check(text)
      if (found === undefined) return text
    } catch (error) {
      found = `${isPem(text) ? contentOf(text) : 'a file'} that cannot be used (${reasonOf(error)})`
    }
    this.faults.push({ path, fault: { expected, found } })
    return ''
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
