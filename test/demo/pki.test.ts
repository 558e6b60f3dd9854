import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ensurePki, makePki } from '../../certs/make.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-pki-'))
beforeAll(() => makePki(folder))
afterAll(() => rmSync(folder, { recursive: true }))

const certificate = (name: string) => new X509Certificate(readFileSync(join(folder, name)))

describe('the throw-away PKI', () => {
  it.each([
    ['server.pem', 'server-ca.pem', 'sslserver'],
    ['as.pem', 'as-ca.pem', 'sslserver'],
    ['client-1.pem', 'client-ca.pem', 'sslclient'],
    ['client-2.pem', 'client-ca.pem', 'sslclient'],
    ['stranger.pem', 'stranger-ca.pem', 'sslclient'],
  ])('%s is of %s and good as %s, by the strict rules of OpenSSL', (leaf, ca, purpose) => {
    expect(openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca, leaf)).toContain(
      `${leaf}: OK`,
    )
  })

  it('revokes one certificate and no other', () => {
    const check = ['verify', '-crl_check_all', '-CAfile', 'client-ca.pem', '-CRLfile', 'client-ca.crl.pem']
    expect(openssl(...check, 'client-1.pem')).toContain('OK')
    expect(() => openssl(...check, 'revoked.pem')).toThrow(/certificate revoked/)
  })

  it('gives the stranger the name of a client and a CA that nobody trusts', () => {
    expect(certificate('stranger.pem').subject).toBe(certificate('client-1.pem').subject)
    expect(() => openssl('verify', '-CAfile', 'client-ca.pem', 'stranger.pem')).toThrow()
  })

  it('certifies the names that the servers are called by', () => {
    for (const host of ['localhost', 'api.bank.example']) {
      expect(certificate('server.pem').checkHost(host)).toBe(host)
    }
    expect(certificate('server.pem').checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificate('as.pem').checkHost('localhost')).toBe('localhost')
  })

  it('lets nobody but the owner read keys and secrets', () => {
    const secrets = readdirSync(folder).filter((name) => /key\.pem$|\.secret$/.test(name))
    expect(secrets).toHaveLength(9)
    for (const name of secrets) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  it('has every file that the configurations name', () => {
    const configurations = join(import.meta.dirname, '../../config')
    const files = readdirSync(configurations).filter((name) => name.endsWith('.yaml'))
    const named = files.flatMap((file) => {
      const text = readFileSync(join(configurations, file), 'utf8').replaceAll(/#.*$/gm, '')
      return [...text.matchAll(/\.\.\/certs\/([\w-]+\.[\w.-]+)/g)].map(([, name]) => name!)
    })
    expect(named.length).toBeGreaterThan(4)
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(named))
  })

  it('is kept while it is whole and lasts for another day, and made anew otherwise', async () => {
    const before = certificate('server.pem').fingerprint256
    expect(await ensurePki(folder)).toBe(false)
    expect(certificate('server.pem').fingerprint256).toBe(before)

    rmSync(join(folder, 'signing-key.pem'))
    expect(await ensurePki(folder)).toBe(true)
    expect(certificate('server.pem').fingerprint256).not.toBe(before)

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29.5 * 86_400_000 })
    expect(await ensurePki(folder)).toBe(true)
    vi.useRealTimers()
  })
})

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
}
