import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../support/gateway.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { needs, run } from '../support/wire-programs.ts'
import { certificateToken, credentials } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const pki = await pkiFolder()
const { gateway, stop } = await startWithUpstream(
  {
    listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') } }],
    routes: ROUTES,
  },
  (_, response, body) => response.end(`got ${body.length}`),
)
afterAll(stop)

/** What others use every day, against the real process. */
describe.skipIf(!needs('curl', '--version'))('curl', () => {
  async function curl(path: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('curl', [
      ...['--silent', '--show-error', '--max-time', '60', '--cacert', join(pki, 'server-ca.pem')],
      ...['--connect-to', `api.bank.example:443:127.0.0.1:${gateway.port}`],
      ...['--write-out', ' %{http_version} %{http_code}'],
      ...args,
      `https://api.bank.example${path}`,
    ])
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  const header = ([name, value]: readonly string[]) => ['--header', `${name}: ${value}`]

  it.each([
    ['--http1.1', '1.1'],
    ['--http2', '2'],
  ])('%s', async (version, spoken) => {
    const fields = credentials()
    expect(await curl('/status', version)).toBe(`got 0 ${spoken} 200`)
    expect(await curl('/accounts', version)).toMatch(new RegExp(`"code":"TOKEN_ABSENT".* ${spoken} 401$`))
    const proved = [...header(fields.slice(0, 2)), ...header(fields.slice(2))]
    expect(await curl('/accounts', version, ...proved)).toBe(`got 0 ${spoken} 200`)
    expect(await curl('/accounts', version, ...proved)).toContain('DPOP_REPLAYED')
    expect(await curl('/status', version, '--data', 'x'.repeat(5_000))).toBe(`got 5000 ${spoken} 200`)
    // From 1 MiB on, curl expects 100-continue.
    expect(await curl('/status', version, '--data', 'x'.repeat(100_000))).toBe(`got 100000 ${spoken} 200`)
  })

  it.each(['--http1.1', '--http2'])('--cert, %s', async (version) => {
    const bearer = header([
      'Authorization',
      `Bearer ${certificateToken(x5tOf(await clientCertificate('client-1')))}`,
    ])
    const cert = (name: string) => ['--cert', join(pki, `${name}.pem`), '--key', join(pki, `${name}-key.pem`)]
    expect(await curl('/accounts', version, ...bearer, ...cert('client-1'))).toMatch(/ 200$/)
    expect(await curl('/accounts', version, ...bearer, ...cert('client-2'))).toContain('MTLS_THUMBPRINT')
    expect(await curl('/accounts', version, ...bearer)).toContain('MTLS_ABSENT')
  })
})
