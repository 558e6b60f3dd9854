import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Materials } from '../../../src/services/materials/materials.ts'
import { aKey, published } from '../../support/keys.ts'
import { pkiFolder, selfSigned } from '../../support/wire-pki.ts'
import { needs } from '../../support/wire-programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-materials-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { privateKey } = aKey('ES256', 'another')
const another = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const encrypted = (type: 'pkcs8' | 'sec1') =>
  privateKey.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' }) as string
const REQUEST = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n'
let certificate = ''
let key = ''

beforeAll(async () => {
  const made = await selfSigned()
  certificate = made.cert
  key = made.key
})

describe('a certificate', () => {
  it('is taken, alone and with its key', () => {
    expect(objection(certificate, 'certificates')).toBe('')
    expect(objection(`${key}\n${certificate}`, 'certificates')).toBe('')
  })

  it.each([
    ['a request for one', () => REQUEST, 'a PEM file with CERTIFICATE REQUEST'],
    ['a private key', () => another, 'a PEM file with PRIVATE KEY'],
    ['no PEM', () => 'hello', 'a file without PEM'],
    ['nothing', () => '\n', 'an empty file'],
    ['half of one', () => certificate.slice(0, 200), 'a certificate without its end'],
    [
      'one in DER',
      () => new X509Certificate(certificate).raw,
      'a file in DER; `openssl x509`, `crl` or `pkey` with `-inform DER` writes it as PEM',
    ],
    [
      'a PKCS#12 file',
      () => Buffer.from('308209ff020103308209', 'hex'),
      'a PKCS#12 file; `openssl pkcs12 -nodes -in FILE` writes what is in it as PEM',
    ],
  ])('is not %s', (_, text, found) => {
    expect(objection(text(), 'certificates')).toBe(`expected a PEM file with certificates, found ${found}`)
  })

  it('of another server is trusted by no certificate but one that issued itself', async () => {
    const folder = await pkiFolder()
    const [leaf, authority] = ['as.pem', 'as-ca.pem'].map((name) => readFileSync(join(folder, name), 'utf8'))
    for (const trusted of [authority!, `${leaf}\n${authority}`, certificate])
      expect(objection(trusted, 'authorities')).toBe('')
    const { subject, issuer } = new X509Certificate(leaf!)
    expect(objection(leaf!, 'authorities')).toBe(
      `expected the certificate of a root CA, found one of ${JSON.stringify(subject)}, by which nobody is trusted; ${JSON.stringify(issuer)}, which issued it, is missing`,
    )
    expect(objection('hello', 'authorities')).toBe(
      'expected a PEM file with certificates, found a file without PEM',
    )
  })

  it('that is damaged is told from another file', () => {
    const damaged = certificate.replace(/\nMII/, '\nAAA')
    expect(objection(damaged, 'certificates')).toMatch(
      /found a PEM file with CERTIFICATE that cannot be used \(/,
    )
  })
})

describe('a revocation list', () => {
  it.each([
    ['a certificate', () => certificate, 'a PEM file with CERTIFICATE'],
    ['no PEM', () => 'hello', 'a file without PEM'],
  ])('is not %s', (_, text, found) => {
    expect(objection(text(), 'revocationList')).toBe(
      `expected a PEM file with a certificate revocation list, found ${found}`,
    )
  })
})

describe('a private key', () => {
  it('is that of the certificate', () => {
    expect(objection(key, 'privateKey')).toBe('')
  })

  it.each([
    ['the key of another certificate', () => another, 'a key that does not belong to the certificate'],
    ['the certificate', () => certificate, 'a PEM file with CERTIFICATE'],
    ['no PEM', () => 'hello', 'a file without PEM'],
    ['nothing', () => '', 'an empty file'],
  ])('is not %s', (_, text, found) => {
    expect(objection(text(), 'privateKey')).toBe(
      `expected the PEM private key of the certificate, without a passphrase, found ${found}`,
    )
  })

  it('is not that of a certificate further down, as in a chain that begins with its CA', async () => {
    const { cert } = await selfSigned()
    const [file, materials] = [join(folder, 'file'), new Materials()]
    writeFileSync(file, key)
    materials.privateKey(file, [], `${cert}\n${certificate}`)
    expect(materials.faults).toMatchObject([
      {
        found: 'the key of another certificate in that file',
        hint: 'the certificate of the key comes first, then those above it',
      },
    ])
    expect(materials.privateKey(file, [], `${certificate}\n${cert}`)).toBe(key)
  })

  it.each(['pkcs8', 'sec1'] as const)('is not encrypted, as %s', (type) => {
    expect(objection(encrypted(type), 'privateKey')).toBe(
      'expected the PEM private key of the certificate, without a passphrase, found an encrypted key; `openssl pkey -in FILE -out NEW` decrypts it',
    )
  })
})

describe('a signing key', () => {
  it.each(['pkcs8', 'sec1'] as const)('that is encrypted, as %s, asks for its password', (type) => {
    expect(objection(encrypted(type), 'anyPrivateKey')).toBe(
      'expected a private key in PEM, JWK or PKCS#12, found an encrypted key; `password_file` names the file with its password',
    )
    expect(objection(encrypted(type), 'anyPrivateKey', 'battery staple')).toBe(
      'expected a private key in PEM, JWK or PKCS#12, found an encrypted key that the password in `password_file` does not open',
    )
    expect(objection(encrypted(type), 'anyPrivateKey', 'correct horse')).toBe('')
  })

  it.each([
    ['a certificate', () => certificate, 'a PEM file with CERTIFICATE'],
    ['nothing', () => '', 'an empty file'],
  ])('is not %s', (_, text, found) => {
    expect(objection(text(), 'anyPrivateKey')).toBe(
      `expected a private key in PEM, JWK or PKCS#12, found ${found}`,
    )
  })

  it.skipIf(!needs('openssl', 'version'))('in PKCS#12 asks for the password of the file', () => {
    for (const [name, text] of [
      ['key.pem', key],
      ['cert.pem', certificate],
    ] as const)
      writeFileSync(join(folder, name), text)
    const made = ['-inkey', 'key.pem', '-in', 'cert.pem', '-passout', 'pass:correct horse']
    const pfx = execFileSync('openssl', ['pkcs12', '-export', ...made], { cwd: folder, stdio: 'pipe' })
    expect(objection(pfx, 'anyPrivateKey')).toMatch(
      /found a PKCS#12 file with a password; `password_file` names the file with its password$/,
    )
    expect(objection(pfx, 'anyPrivateKey', 'battery staple')).toMatch(
      /found a PKCS#12 file that the password in `password_file` does not open$/,
    )
    expect(objection(pfx, 'anyPrivateKey', 'correct horse')).toBe('')
  })
})

describe('a JSON file', () => {
  it('is taken', () => {
    expect(objection(JSON.stringify(published(aKey())), 'json')).toBe('')
  })

  it.each([
    ['PEM', () => certificate, 'a PEM file with CERTIFICATE'],
    ['nothing', () => '', 'an empty file'],
    ['text', () => 'hello\n', 'a file that is no JSON'],
    ['half of one', () => '{\n  "keys": [', 'a file that is no JSON'],
    ['one with a slip', () => '{\n  "keys": [1 2]\n}', 'a file that is no JSON in line 2, column 14'],
  ])('is not %s', (_, text, found) => {
    expect(objection(text(), 'json')).toBe(`expected a JSON file, found ${found}`)
  })
})

describe('a bearer token', () => {
  it('is taken, white space around it or not', () => {
    for (const text of ['1|a.b~c+d/e==', ' a-token \r\n']) expect(objection(text, 'bearerToken')).toBe('')
  })

  it.each([
    ['nothing', ' \n', 'an empty file'],
    ['one behind the name of its scheme', 'Bearer a-token\n', 'one with something else in it'],
    ['two lines', 'a-token\nanother\n', 'one with something else in it'],
    ['no ASCII', '\ufeffa-token\u00e9', 'one with something else in it'],
  ])('is not %s', (_, text, found) => {
    expect(objection(text, 'bearerToken')).toBe(
      `expected a file with a token of visible ASCII, and nothing else, found ${found}`,
    )
  })
})

/** What is said of a file with this text; '' where it is taken. */
function objection(text: string | Buffer, kind: Kind, password: string | null = null): string {
  const file = join(folder, 'file')
  writeFileSync(file, text)
  const materials = new Materials()
  if (kind === 'privateKey') materials.privateKey(file, [], certificate)
  else if (kind === 'anyPrivateKey') materials.anyPrivateKey(file, [], password)
  else materials[kind](file, [])
  return materials.faults
    .map(({ expected, found, hint }) =>
      [`expected ${expected}, found ${found}`, ...(hint === undefined ? [] : [hint])].join('; '),
    )
    .join()
}

type Kind =
  | 'certificates'
  | 'authorities'
  | 'revocationList'
  | 'privateKey'
  | 'anyPrivateKey'
  | 'json'
  | 'bearerToken'
