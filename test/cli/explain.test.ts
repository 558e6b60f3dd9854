import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { runExplain } from '../../src/cli/explain.ts'
import { loadDocument } from '../../src/config/load.ts'
import { readSettings } from '../../src/runtime/settings/settings.ts'
import { explainRequest } from '../../src/runtime/trial/explain.ts'
import { BANK, ROUTES } from '../support/gateway.ts'
import { clientCertificate, written } from '../support/wire-pki.ts'
import { bearerOf, credentials, HOST, nowSeconds, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

/** Nobody listens there. */
const AWAY = {
  ...BANK,
  issuer: 'https://away.example',
  jwks_uri: 'https://127.0.0.1:1/',
  jwks_file: undefined,
}

const REVOKED = [{ issuer: BANK.issuer, jti: 'revoked' }]
const { gateway, stop } = await startWithUpstream({
  revocations_file: await written(JSON.stringify(REVOKED)),
  listeners: [
    { tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } },
    { name: 'other', public_origin: 'https://other.example' },
  ],
  issuers: { bank: BANK, away: AWAY },
  routes: [...ROUTES, { path: '/away', upstream: 'bank', require: { issuer: 'away' } }],
})
afterAll(stop)

describe('holdfast explain', () => {
  /** Writes the request down as an operator would, with LF, and has it explained. */
  async function explain(fields: readonly string[], args: readonly string[] = [], path = '/accounts') {
    const lines = fields.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${fields[at + 1]}`] : []))
    const file = join(gateway.folder, 'request.txt')
    await writeFile(file, [`GET ${path} HTTP/1.1`, `Host: ${HOST}`, ...lines, '', ''].join('\n'))
    return run(['--config', join(gateway.folder, 'gateway.yaml'), '--request', file, ...args])
  }

  async function run(args: readonly string[]) {
    const [out, error] = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockReturnValue(true),
    )
    const code = await runExplain(args, (file, written) =>
      explainRequest(readSettings(loadDocument(file)), written),
    )
    const said = [out, error].map((spy) => spy!.mock.calls.map(([text]) => String(text)).join(''))
    vi.restoreAllMocks()
    return { code, out: said[0]!, error: said[1]! }
  }

  it('admits what the gateway admits, as often as it is asked, for no proof is spent', async () => {
    const fields = credentials()
    for (let time = 0; time < 2; time++) {
      const { code, out } = await explain(fields)
      expect([code, out.split('\n')[0]]).toEqual([0, 'admitted'])
      expect(out).toContain('✓ authority\n    = scope (RFC 6750 §3.1): accounts')
    }
    expect((await gateway.call({ path: '/accounts', fields })).status).toBe(200)
  })

  it('says that a proof is spent only where one was judged', async () => {
    const told = [await explain(credentials()), await explain([], [], '/status')]
    expect(told.map(({ code, out }) => [code, out.includes('The gateway also spends the proof')])).toEqual([
      [0, true],
      [0, false],
    ])
  })

  it('refuses what the gateway refuses, says which part of htu differs and what to do; shows no token and no proof', async () => {
    const accessToken = token()
    const made = proof(accessToken, { claims: { htu: `${ORIGIN}:8443/accounts` } })
    const fields = ['authorization', `DPoP ${accessToken}`, 'dpop', made]
    const { code, out } = await explain(fields)
    expect(code).toBe(1)
    expect(out).toContain('refused: DPOP_HTU, 401, RFC 9449 §4.3(9)')
    expect(out).toContain(
      `    ≠ htu (differs in port)\n        came    ${ORIGIN}:8443/accounts\n        wanted  ${ORIGIN}/accounts\n`,
    )
    expect(out).toMatch(/· not looked at any more: iat, ath, thumbprint of jwk, signature, nonce\n/)
    expect(out).toMatch(/\nremedy: Put the public URL/)
    for (const secret of fields.flatMap((field) => field.split(/[ .]/)).filter(({ length }) => length > 20))
      expect(out).not.toContain(secret)
    expect((await gateway.call({ path: '/accounts', fields })).code).toBe('DPOP_HTU')
  })

  it('refuses what the file of the configuration revokes', async () => {
    const fields = credentials('/accounts', { accessToken: token({ claims: { jti: 'revoked' } }) })
    expect(await explain(fields)).toMatchObject({
      code: 1,
      out: expect.stringContaining('refused: TOKEN_REVOKED, 401'),
    })
    expect((await gateway.call({ path: '/accounts', fields })).code).toBe('TOKEN_REVOKED')
  })

  it('says what a gateway would log of a server that it could not ask', async () => {
    const accessToken = token({ claims: { iss: AWAY.issuer } })
    const { out } = await explain(credentials('/away', { accessToken }), [], '/away')
    expect(out).toMatch(/^refused: TOKEN_KEYS_UNAVAILABLE, 503/)
    expect(out).toMatch(
      /\nlog: {4}key set not fetched: away: https:\/\/127\.0\.0\.1:1\/ gave no answer: .*ECONNREFUSED/,
    )
    expect((await explain(credentials())).out).not.toContain('log:')
  })

  it('judges at another time, with a certificate, and on another listener', async () => {
    const inAnHour = nowSeconds() + 3600
    for (const at of [String(inAnHour), new Date(inAnHour * 1000).toISOString()]) {
      const late = await explain(credentials(), ['--at', at])
      expect([late.code, late.out.split(',')[0]]).toEqual([1, 'refused: TOKEN_EXPIRED'])
    }
    const certificate = await clientCertificate('client-1')
    const pem = join(gateway.folder, 'client.pem')
    await writeFile(pem, certificate.cert)
    const bound = bearerOf(certificate)
    const without = await explain(bound)
    const withIt = await explain(bound, ['--certificate', pem])
    expect([without.out.split(',')[0], withIt.code]).toEqual(['refused: MTLS_ABSENT', 0])
    const foreign = await explain(credentials(), ['--listener', 'other'])
    expect(foreign.out).toMatch(/^refused: HOST_FOREIGN, 421/)
    expect(foreign.out).toContain(
      `    ≠ host\n        came    ${HOST}\n        wanted  https://other.example\n`,
    )
  })

  it('finds the listener by its public origin, however Host spells that', async () => {
    const file = join(gateway.folder, 'request.txt')
    await writeFile(file, 'GET /accounts HTTP/1.1\nHost: Other.Example:443\n\n')
    const { out } = await run(['--config', join(gateway.folder, 'gateway.yaml'), '--request', file])
    expect(out).not.toContain('HOST_FOREIGN')
    expect(out).toMatch(/^refused: TOKEN_ABSENT, 401/)
  })

  it('reads a request of HTTP/2 as tools show it', async () => {
    const file = join(gateway.folder, 'request.txt')
    for (const [version, end] of [
      ['HTTP/2', '\r\n'],
      ['HTTP/2.0', '\n'],
    ]) {
      await writeFile(file, [`GET /accounts ${version}`, `Host: ${HOST}`, '', ''].join(end))
      const { out } = await run(['--config', join(gateway.folder, 'gateway.yaml'), '--request', file])
      expect(out).toMatch(/^refused: TOKEN_ABSENT, 401/)
    }
  })

  it('ends with 2 where something cannot be read', async () => {
    const cases = [
      await run(['--config', 'nowhere.yaml']),
      await run(['--config', 'nowhere.yaml', '--request', 'nowhere.txt']),
      await explain([], ['--at', 'noon']),
      await explain([], ['--listener', 'none']),
      await explain([], ['--certificate', 'nowhere.pem']),
      await run(['--unknown']),
      // In whichever zone this machine is.
      await explain([], ['--at', '2026-11-23T04:49:00']),
    ]
    expect(cases.map(({ code, out }) => [code, out])).toEqual(cases.map(() => [2, '']))
    for (const { error } of cases) expect(error).toMatch(/^holdfast explain: /)
    expect(cases[3]!.error).toContain('there is no listener none')
    expect(cases[1]!.error).toBe(
      'holdfast explain: --request cannot be read: ENOENT: no such file or directory. Try --help.\n',
    )
    expect(cases[4]!.error).toContain('--certificate cannot be read')
    const noCertificate = await explain([], ['--certificate', join(gateway.folder, 'gateway.yaml')])
    expect(noCertificate.error).toMatch(
      /^holdfast explain: --certificate .*gateway\.yaml holds no certificate in PEM\. Try --help\.\n$/,
    )
  })

  it('ends with 2 where the file is no request', async () => {
    const file = join(gateway.folder, 'no-request.txt')
    for (const text of [
      '',
      '{"method":"GET"}',
      `Host: ${HOST}`,
      `curl https://${HOST}`,
      '> GET / HTTP/1.1',
      'GET /',
    ]) {
      await writeFile(file, text)
      expect(await run(['--config', join(gateway.folder, 'gateway.yaml'), '--request', file])).toEqual({
        code: 2,
        out: '',
        error: `holdfast explain: ${file} does not begin with a request line, such as GET /accounts HTTP/1.1\n`,
      })
    }
  })

  it('says where the body in the file is shorter than the request says', async () => {
    const broken = await explain([...credentials(), 'content-length', '3'])
    expect(broken.code).toBe(0)
    expect(broken.out).toContain(
      'The body in the file is not whole; on its way to the upstream it ends with REQUEST_TIMEOUT.\n',
    )
    expect((await explain(credentials())).out).not.toContain('not whole')
  })

  it('is a command', () => {
    const { status, stderr } = spawnSync(process.execPath, ['src/main.ts', 'explain'], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([
      2,
      'holdfast explain: --config FILE and --request FILE are both needed. Try --help.\n',
    ])
  })

  it('tells a request that the parser cannot read', async () => {
    const { code, out } = await explain(['content-length', 'x'])
    expect([code, out.split(',')[0]]).toEqual([1, 'refused: FRAMING_BROKEN'])
  })
})
