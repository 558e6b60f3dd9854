import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { certificatesIn, inOneLine, issuedItself } from '../../codec/certificate.ts'
import { repeatsMembers } from '../../codec/json.ts'
import { reasonOf } from '../../domain/reason.ts'
import { contentOf, holds, isEncrypted, isPem, type Objection } from './content.ts'
import { type FoundKey, objectionTo, parsePrivateKey } from './private-key.ts'

/** The keys that lead to a value of the configuration. */
type Path = readonly (string | number)[]

/** What is wrong with a file that the configuration names; `expected` and `found` continue a sentence with these words. */
export interface MaterialFault extends Objection {
  /** Where it is named. */
  readonly path: Path
  readonly expected: string
}

/** Reads PEM files as the configuration names them, and gathers every fault instead of stopping at the first. */
export class Materials {
  readonly faults: MaterialFault[] = []

  /** One or more certificates, PEM; '' where there was a fault. */
  certificates(file: string, path: Path): string {
    return this.#read(file, path, 'a PEM file with certificates', (text) => {
      const blocks = certificatesIn(text)
      for (const block of blocks) new X509Certificate(block)
      if (blocks.length > 0) return undefined
      return holds(text, /^CERTIFICATE$/) ? { found: 'a certificate without its end' } : contentOf(text)
    })
  }

  /** CA certificates of whom we call, PEM. A chain must end at one that issued itself, else nobody is trusted by them. */
  authorities(file: string, path: Path): string {
    const text = this.certificates(file, path)
    const certificates = certificatesIn(text).map((each) => new X509Certificate(each))
    if (text === '' || certificates.some(issuedItself)) return text
    const { subject, issuer } = certificates.at(-1)!
    const found = `one of ${JSON.stringify(inOneLine(subject))}, by which nobody is trusted`
    const hint = `${JSON.stringify(inOneLine(issuer))}, which issued it, is missing`
    this.faults.push({ path, expected: 'the certificate of a root CA', found, hint })
    return ''
  }

  revocationList(file: string, path: Path): string {
    return this.#read(file, path, 'a PEM file with a certificate revocation list', (text) => {
      if (!holds(text, /^X509 CRL$/)) return contentOf(text)
      createSecureContext({ crl: text })
      return undefined
    })
  }

  /** A private key without a passphrase, PEM, that belongs to the certificate where one is given. */
  privateKey(file: string, path: Path, certificate: string | null): string {
    const whose =
      certificate === null ? 'a PEM file with a private key' : 'the PEM private key of the certificate'
    return this.#read(file, path, `${whose}, without a passphrase`, (text) => {
      if (isEncrypted(text)) return ENCRYPTED
      if (!holds(text, /PRIVATE KEY$/)) return contentOf(text)
      const mine = createPublicKey(createPrivateKey(text)).export({ type: 'spki', format: 'der' })
      if (certificate === null || certificate === '') return undefined
      const place = certificatesIn(certificate).findIndex((each) => mine.equals(publicKeyOf(each)))
      if (place < 0) return { found: 'a key that does not belong to the certificate' }
      if (place > 0) return OUT_OF_ORDER
      // What TLS will not have, such as a short key, shows here.
      createSecureContext({ cert: certificate, key: text })
      return undefined
    })
  }

  /** A private key in PEM, JWK or PKCS#12; undefined where there was a fault. */
  anyPrivateKey(file: string, path: Path, password: string | null): FoundKey | undefined {
    let octets: Buffer = Buffer.alloc(0)
    try {
      octets = readFileSync(file)
      return parsePrivateKey(octets, password)
    } catch (error) {
      const objection = objectionTo(octets, password, reasonOf(error))
      this.faults.push({ path, expected: 'a private key in PEM, JWK or PKCS#12', ...objection })
      return undefined
    }
  }

  /** A secret, without the white space around it. */
  secret(file: string, path: Path): string {
    const check = (text: string) => (text.trim() === '' ? { found: 'an empty file' } : undefined)
    return this.#read(file, path, 'a file with a secret', check).trim()
  }

  /** One that is sent as a word of a field. With anything else in it no request could be sent, or none with what was meant. */
  bearerToken(file: string, path: Path): string {
    const check = (text: string) => {
      if (text.trim() === '') return { found: 'an empty file' }
      return WORD.test(text.trim()) ? undefined : { found: 'one with something else in it' }
    }
    return this.#read(file, path, 'a file with a token of visible ASCII, and nothing else', check).trim()
  }

  json(file: string, path: Path): unknown {
    let value: unknown
    this.#read(file, path, 'a JSON file', (text) => {
      if (isPem(text) || text.trim() === '') return contentOf(text)
      try {
        value = JSON.parse(text)
        if (!repeatsMembers(text, value)) return undefined
        value = undefined
        return { found: 'JSON that names a member twice, or nests too deep' }
      } catch (error) {
        // The parser may quote the file, over several lines.
        const [, line, column] = POSITION.exec(reasonOf(error)) ?? []
        return {
          found: `a file that is no JSON${line === undefined ? '' : ` in line ${line}, column ${column}`}`,
        }
      }
    })
    return value
  }

  /** The text of a file; '' where `check` says what it is instead, or throws. */
  #read(file: string, path: Path, expected: string, check: (text: string) => Objection | undefined): string {
    let text = ''
    let objection: Objection | undefined
    try {
      text = readFileSync(file, 'utf8')
      objection = check(text)
      if (objection === undefined) return text
    } catch (error) {
      const content = isPem(text) ? contentOf(text).found : 'a file'
      objection = { found: `${content} that cannot be used (${reasonOf(error)})` }
    }
    this.faults.push({ path, expected, ...objection })
    return ''
  }
}

function publicKeyOf(certificate: string): Buffer {
  return new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
}

const WORD = /^[\x21-\x7e]+$/
const POSITION = /line (\d+) column (\d+)\)$/
const OUT_OF_ORDER = {
  found: 'the key of another certificate in that file',
  hint: 'the certificate of the key comes first, then those above it',
}
const ENCRYPTED = { found: 'an encrypted key', hint: '`openssl pkey -in FILE -out NEW` decrypts it' }
