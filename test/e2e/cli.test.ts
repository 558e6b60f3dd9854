import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../certs/issue.ts'
import { completed, launch, ROUTES, startGateway } from '../support/gateway.ts'
import { published } from '../support/keys.ts'
import { pkiFolder, shortLived } from '../support/wire-pki.ts'
import { issuerKey } from '../support/wire-tokens.ts'
import { freePort } from '../support/wire-upstream.ts'

const CONFIG = { upstreams: { bank: { url: 'http://127.0.0.1:9' } }, routes: ROUTES }

async function aCertificate(): Promise<string> {
  return (await makeAuthority('CN=Bank CA', 1)).certificate
}

function anECKey(encryption: { cipher?: string; passphrase?: string }): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString()
}

describe('the command line', () => {
  const folders: string[] = []

  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true })
  })

  async function file(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    folders.push(folder)
    await writeFile(join(folder, 'issuer.jwks.json'), JSON.stringify(published(issuerKey())))
    await writeFile(join(folder, 'gateway.yaml'), text)
    return join(folder, 'gateway.yaml')
  }

  async function ended(...args: string[]) {
    const process = await launch(args)
    return { code: await process.ended, stdout: process.stdout(), stderr: process.stderr() }
  }

  it('--check says that a file is good, lists what weakens it, and ends', async () => {
    const path = await file(JSON.stringify(await completed(CONFIG)))
    const { code, stdout, stderr } = await ended('--config', path, '--check')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^\S+gateway\.yaml:\d+:\d+ notice: routes\[\d+\]\.danger_public: no credential/m)
    expect(stdout.trim().split('\n').at(-1)).toBe(`${path}: the configuration is good`)
  })

  it('--check refuses a certificate that has ended; the gateway starts with it, and says so', async () => {
    const { cert, key } = await shortLived(await makeAuthority('CN=Bank CA', 1), -60)
    const pem = await file(`${cert}\n${key}`)
    const pki = await pkiFolder()
    const [client_ca, client_crl] = ['client-ca.pem', 'client-ca.crl.pem'].map((name) => join(pki, name))
    const tls = { certificate: pem, private_key: pem, client_certificate: 'optional', client_ca, client_crl }
    const dead = { ...CONFIG, listeners: [{ tls }] }
    const path = await file(JSON.stringify(await completed(dead)))
    const { code, stderr } = await ended('--config', path, '--check')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /listeners\[0\]\.tls\.certificate: expected a certificate that is valid now, found one that ended on 2/,
      ),
    ])
    const gateway = await startGateway(dead)
    const says = /^listeners\[0\]\.tls\.certificate: the certificate ended on 2/
    expect((await gateway.line(({ msg }) => says.test(String(msg))))['level']).toBe('warn')
    const end =
      /^holdfast_certificate_not_after_seconds\{certificate="listeners\[0\]\.tls\.certificate"\} (\d+)$/m
    const next = /^holdfast_crl_next_update_seconds\{crl="listeners\[0\]\.tls\.client_crl\[0\]"\} (\d+)$/m
    const metrics = await gateway.metrics()
    expect(Number(end.exec(metrics)?.[1])).toBeLessThan(Date.now() / 1000)
    expect(Number(next.exec(metrics)?.[1])).toBeGreaterThan(Date.now() / 1000)
    await gateway.stop()
  })

  it('--check refuses a certificate of a client where that of its CA belongs', async () => {
    const pki = await pkiFolder()
    const checked = async (name: string) => {
      const tls = { client_certificate: 'optional', client_ca: join(pki, name) }
      const path = await file(JSON.stringify(await completed({ ...CONFIG, listeners: [{ tls }] })))
      return ended('--config', path, '--check')
    }
    expect((await checked('client-1.pem')).stderr).toContain(
      'listeners[0].tls.client_ca[0]: expected a CA\'s certificate, found one of "CN=client-1", which is none; "CN=Holdfast demo client CA" issued it\n',
    )
    expect(await checked('client-ca.pem')).toMatchObject({ code: 0, stderr: '' })
  })

  it('--check refuses keys none of which has its turn; the gateway starts with them, says so, and leaves answers unsigned', async () => {
    const key = await file(anECKey({}))
    const require = { issuer: 'bank', scope: 'accounts', signature: 'answers' }
    const signing = (sign_until: string) => ({
      ...CONFIG,
      signing: { key, key_id: 'one', algorithm: 'ES256', sign_until },
      signature_profiles: { answers: { request: 'off' } },
      routes: [{ path: '/accounts/**', upstream: 'bank', require }],
    })
    const checked = async (until: string) => {
      const path = await file(JSON.stringify(await completed(signing(until))))
      return ended('--config', path, '--check')
    }
    expect(await checked('2026-01-01')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /gateway\.yaml:\d+:\d+ signing\.sign_until: expected a key that has its turn, found one whose turn ended at 2026-01-01T00:00:00Z; what routes\[0\] lets in is answered 503 SIGNING_UNAVAILABLE\n$/,
      ),
    })
    expect(await checked('2999-01-01')).toMatchObject({ code: 0, stderr: '' })
    const gateway = await startGateway(signing('2026-01-01'))
    const says = /^signing\.sign_until: no key has its turn, there is one whose turn ended at 2026/
    expect((await gateway.line(({ msg }) => says.test(String(msg))))['level']).toBe('warn')
    const refused = await gateway.call({ path: '/accounts' })
    expect([refused.status, refused.all('signature')]).toEqual([401, []])
    await gateway.stop()
  })

  it.each([
    [
      'an encrypted key',
      () => anECKey({ cipher: 'aes-256-cbc', passphrase: 'x' }),
      'an encrypted key; `openssl pkey -in FILE -out NEW` decrypts it\n',
    ],
    ['a certificate', aCertificate, 'a PEM file with CERTIFICATE\n'],
    ['nothing', () => '', 'an empty file\n'],
    ['the key of another', () => anECKey({}), 'a key that does not belong to the certificate\n'],
  ])('--check says what stands in the file of a private key: %s', async (_, made, says) => {
    const tls = { private_key: await file(await made()) }
    const path = await file(JSON.stringify(await completed({ ...CONFIG, listeners: [{ tls }] })))
    const { code, stderr } = await ended('--config', path, '--check')
    expect([
      code,
      stderr.includes(`the PEM private key of the certificate, without a passphrase, found ${says}`),
    ]).toEqual([1, true])
  })

  it('--check refuses a key that TLS does not take', async () => {
    const make = 'req -x509 -newkey rsa:1024 -nodes -subj /CN=weak -keyout - -out -'
    const pem = await file(execFileSync('openssl', make.split(' '), { encoding: 'utf8', stdio: 'pipe' }))
    const tls = { certificate: pem, private_key: pem }
    const path = await file(JSON.stringify(await completed({ ...CONFIG, listeners: [{ tls }] })))
    expect((await ended('--config', path, '--check')).stderr).toContain('ee key too small')
  })

  it('--schema prints a JSON Schema', async () => {
    const { code, stdout } = await ended('--schema')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ properties: { listeners: expect.anything() } })
  })

  it.each([['--check'], []])(
    'tells every problem of a bad file with its line and column, and ends with 1 %s',
    async (...args) => {
      const path = await file('threads: many\nlisteners: []\nroutes:\n  - path: /x\n    upstraem: bank\n')
      const { code, stderr, stdout } = await ended('--config', path, ...args)
      expect([code, stdout]).toEqual([1, ''])
      for (const place of ['1:10', '5:5']) expect(stderr).toContain(`${path}:${place}`)
      expect(stderr).toContain('upstream')
      expect(stderr).not.toContain('    at ')
    },
  )

  it.each([
    [['--config', '/nowhere/gateway.yaml'], 1, '/nowhere/gateway.yaml'],
    [[], 2, '--config FILE'],
    [['--nonsense'], 2, '--nonsense'],
  ])('%s ends with a sentence', async (args, expected, words) => {
    const { code, stderr } = await ended(...args)
    expect([code, stderr.includes(words), stderr.includes('    at ')]).toEqual([expected, true, false])
  })

  it('a certificate that does not fit its key stops the start', async () => {
    const path = await file(
      JSON.stringify(
        await completed({ ...CONFIG, listeners: [{ tls: { private_key: 'issuer.jwks.json' } }] }),
      ),
    )
    const { code, stderr } = await ended('--config', path)
    expect([code, stderr.includes('private_key')]).toEqual([1, true])
  })

  it.each(['listeners[0]', 'admin', 'monitoring'])(
    'a second instance on the same address of %s ends with a sentence',
    async (what) => {
      const port = await freePort()
      const bind = `127.0.0.1:${port}`
      const taken =
        what === 'listeners[0]' ? { ...CONFIG, listeners: [{ bind }] } : { ...CONFIG, [what]: { bind } }
      const first = await startGateway(taken)
      const second = await ended('--config', await file(JSON.stringify(await completed(taken))))
      expect(second.code).toBe(1)
      expect(second.stderr).toBe(
        `${what}.bind: ${bind} is in use: another Holdfast, or another program, listens there\n`,
      )
      expect((await first.call({ path: '/accounts' })).status).toBe(401)
      await first.stop()
    },
  )
})
