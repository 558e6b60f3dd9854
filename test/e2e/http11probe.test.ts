import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, startGateway, type TestGateway } from '../support/gateway.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { needs } from '../support/wire-programs.ts'
import { certificateToken } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** Http11Probe: some two hundred requests that servers are known to read in different ways. */
describe.skipIf(!needs('python3', '--version'))('Http11Probe', () => {
  let upstream: RecordingUpstream
  let open: TestGateway
  let guarded: TestGateway

  beforeAll(async () => {
    upstream = await startUpstream((request, response, body) => {
      response.setHeader('content-type', 'text/plain')
      response.end(request.method === 'HEAD' ? undefined : body.length > 0 ? body : 'ok')
    })
    const pki = await pkiFolder()
    const shared = {
      issuers: {
        bank: { issuer: 'https://as.bank.example', audience: ORIGIN, jwks_file: 'issuer.jwks.json' },
      },
      upstreams: { bank: { url: `http://127.0.0.1:${upstream.port}` } },
    }
    const tls = { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') }
    const listeners = [{ public_origin: ORIGIN, tls }]
    const everything = { path: '/**', upstream: 'bank' }
    open = await startGateway({ ...shared, listeners, routes: [{ ...everything, danger_public: true }] })
    guarded = await startGateway({
      ...shared,
      listeners,
      routes: [{ ...everything, require: { issuer: 'bank', sender: 'mtls' } }],
    })
  })

  afterAll(async () => {
    await Promise.all([open.stop(), guarded.stop()])
    await upstream.close()
  })

  it.concurrent('finds no scored MUST failure on a public route', { timeout: 300_000 }, async () => {
    await expectNoFailure(open, [])
  })

  it.concurrent('nor on a protected one', { timeout: 300_000 }, async () => {
    const certificate = await clientCertificate('client-1')
    const pki = await pkiFolder()
    const accessToken = certificateToken(x5tOf(certificate), { aud: ORIGIN })
    await expectNoFailure(guarded, [
      ...['--cert', join(pki, 'client-1.pem'), '--key', join(pki, 'client-1-key.pem')],
      ...['--header', `Authorization: Bearer ${accessToken}`],
    ])
  })
})

interface Result {
  readonly v: string
  readonly scored: boolean
  readonly level: string
  readonly code?: number | null
}

async function expectNoFailure(gateway: TestGateway, args: readonly string[]): Promise<void> {
  const folder = join(ROOT, 'test/vectors/http11probe')
  const out = join(gateway.folder, 'http11probe.json')
  await writeFile(out, '{}')
  const child = spawn(
    'python3',
    [
      join(folder, 'run_http11probe.py'),
      ...['--data', join(folder, 'http11probe.json'), '--tls', '--port', String(gateway.port), '--out', out],
      // Seconds for an answer that comes: a busy machine takes its time.
      ...['--timeout', '4'],
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const [code] = await once(child, 'close')
  expect([code, complaints]).toEqual([0, ''])
  const results = Object.entries(JSON.parse(await readFile(out, 'utf8')) as { [id: string]: Result })
  expect(results.length).toBeGreaterThan(150)
  const failed = results.filter(
    ([id, { v, scored, level, code }]) =>
      v === 'FAIL' && scored && level === 'Must' && !(id === TOO_LARGE && code === 413),
  )
  expect(failed).toEqual([])
  expect(results.filter(([, { v }]) => v === 'ERROR')).toEqual([])
}

/** Announces more than is taken and sends nothing. The probe knows 400, a close and silence; RFC 9110 §15.5.14 has a status for it. */
const TOO_LARGE = 'MAL-POST-CL-HUGE-NO-BODY'
/** The authority that the requests are written for; some count its octets. */
const ORIGIN = 'https://localhost:8080'
