import { execFileSync } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parsePrivateKey } from '../../../src/services/materials/private-key.ts'
import { aKey } from '../../support/keys.ts'
import { needs } from '../../support/wire-programs.ts'

const { privateKey } = aKey('ES256', 'kept')
const PASSWORD = 'correct horse'

describe('parsePrivateKey', () => {
  it('reads PEM, PKCS#8 and SEC1', () => {
    for (const type of ['pkcs8', 'sec1'] as const)
      expect(same(privateKey.export({ type, format: 'pem' }), null)).toBe(true)
  })

  it('reads encrypted PEM with its password, and not without or with another', () => {
    const pem = privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: PASSWORD,
    })
    expect(same(pem, PASSWORD)).toBe(true)
    expect(() => same(pem, null)).toThrow()
    expect(() => same(pem, 'battery staple')).toThrow()
  })

  it('reads a JWK with what it says of itself', () => {
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256' }
    const { key, says } = parsePrivateKey(Buffer.from(`\n ${JSON.stringify(jwk)}\n`), null)
    expect(key.equals(privateKey)).toBe(true)
    expect([says['kid'], says['alg']]).toEqual(['mine', 'ES256'])
  })

  it.each([
    ['nothing', ''],
    ['no key', 'hello'],
    ['a public JWK', JSON.stringify(aKey('ES256', 'kept').jwk)],
    ['a public PEM', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string],
    ['a JWK with a member twice', '{"kty":"EC","kty":"RSA"}'],
    ['broken DER', '0\x03\x02\x01'],
  ])('refuses %s', (_, text) => {
    expect(() => parsePrivateKey(Buffer.from(text), null)).toThrow()
  })
})

describe.skipIf(!needs('openssl', 'version'))('PKCS#12 as openssl makes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-p12-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  writeFileSync(at('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  openssl('req', '-x509', '-new', '-key', at('key.pem'), '-subj', '/CN=signing', '-out', at('cert.pem'))

  it.each([
    ['AES and PBKDF2', []],
    ['three keys of DES', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['a key that is not encrypted', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
  ])('%s', (_, how) => {
    const octets = pfx(how)
    expect(parsePrivateKey(octets, PASSWORD).key.equals(privateKey)).toBe(true)
    expect(() => parsePrivateKey(octets, 'battery staple')).toThrow(/mac verify failure/)
    expect(() => parsePrivateKey(octets, null)).toThrow()
  })

  it('a changed octet is found by its MAC, wherever it stands', () => {
    const octets = pfx([])
    for (let step = 40; step < octets.length; step += 97) {
      const changed = Buffer.from(octets)
      changed[step] = (changed[step] as number) ^ 1
      expect(() => parsePrivateKey(changed, PASSWORD), `octet ${step}`).toThrow()
    }
  })

  it('a file without a key', () => {
    const out = at('certificate.p12')
    openssl(
      'pkcs12',
      '-export',
      '-nokeys',
      '-in',
      at('cert.pem'),
      '-passout',
      `pass:${PASSWORD}`,
      '-out',
      out,
    )
    expect(() => parsePrivateKey(readFileSync(out), PASSWORD)).toThrow()
  })

  function pfx(how: readonly string[]): Buffer {
    const out = at('made.p12')
    const from = ['-inkey', at('key.pem'), '-in', at('cert.pem')]
    openssl('pkcs12', '-export', ...from, ...how, '-passout', `pass:${PASSWORD}`, '-out', out)
    return readFileSync(out)
  }
})

function same(text: string | Buffer, password: string | null): boolean {
  const key: KeyObject = parsePrivateKey(Buffer.from(text), password).key
  return key.equals(privateKey)
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
