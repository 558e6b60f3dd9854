import { execFile } from 'node:child_process'
import { createHash, hash, X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EvidenceRecord } from '../../src/domain/evidence-record.ts'
import { verifyFiles } from '../../src/services/evidence/verify-files.ts'
import { evidenceFolder } from '../support/evidence.ts'
import { ROOT, startGateway, type TestGateway } from '../support/gateway.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { clientJwks, digestOf, signedFields } from '../support/wire-signature.ts'
import { bearerOf, credentials, proof } from '../support/wire-tokens.ts'
import { freePort, type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const ID = '0b7a6a5c-2f6b-4c0e-9a42-5a1f0a7f6f10'
const holdfast = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['src/holdfast.js', 'evidence', ...args], { cwd: ROOT }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { readonly code: number; readonly stdout: string }) => ({ code, stdout }),
  )

describe('evidence of what was asked and answered', { timeout: 60_000 }, () => {
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let directory = ''

  const route = (path: string, evidence: string, to = 'bank') => ({
    path,
    upstream: to,
    evidence,
    require: { issuer: 'bank', scope: 'accounts' },
  })

  beforeAll(async () => {
    directory = join(await evidenceFolder(), 'deep')
    upstream = await startUpstream((_, response) => response.writeHead(201).end('made'))
    gateway = await startGateway({
      evidence: { directory },
      upstreams: {
        bank: { url: `http://127.0.0.1:${upstream.port}` },
        away: { url: `http://127.0.0.1:${await freePort()}` },
      },
      routes: [
        route('/payments', 'signatures'),
        route('/letters', 'bodies'),
        route('/away', 'signatures', 'away'),
        route('/nothing', 'off'),
      ],
    })
  })

  afterAll(() => upstream.close())

  const post = (path: string, body: string, ...fields: string[]) =>
    gateway.call({
      method: 'POST',
      path,
      body,
      fields: [...credentials(path.split('?')[0]!, { method: 'POST' }), ...fields],
    })

  it('each exchange has its records, which verify offline and can be read', async () => {
    const proof = credentials('/payments', { method: 'POST' })
    const payment = { method: 'POST', path: '/payments?x=1', body: '{"amount":1}' }
    expect(await gateway.call({ ...payment, fields: [...proof, 'x-fapi-interaction-id', ID] })).toMatchObject(
      { status: 201 },
    )
    expect(await gateway.call({ ...payment, fields: proof })).toMatchObject({
      status: 401,
      code: 'DPOP_REPLAYED',
    })
    expect(await post('/letters', 'Dear \u001b[31mSir')).toMatchObject({ status: 201 })
    expect(await post('/away', 'x')).toMatchObject({ status: 502 })
    expect(await post('/nothing', 'x')).toMatchObject({ status: 201 })
    expect(await gateway.call({ path: '/payments' })).toMatchObject({ status: 401 })
    await gateway.stop()

    const files = (await readdir(directory)).map((name) => join(directory, name))
    const records = (await Promise.all(files.map((file) => readFile(file, 'utf8'))))
      .flatMap((text) => text.trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(
      records.map(({ kind, verdict, status }) =>
        [kind, verdict, status].filter((each) => each !== undefined).join(' '),
      ),
    ).toEqual([
      'open',
      'request admitted ',
      'answer answered 201',
      'refusal DPOP_REPLAYED 401',
      'request admitted ',
      'answer answered 201',
      'request admitted ',
      'answer UPSTREAM_UNREACHABLE 502',
      'close',
    ])
    const [, asked, answered, , letter] = records
    expect(asked).toMatchObject({
      interaction_id: ID,
      method: 'POST',
      target: 'https://api.bank.example/payments?x=1',
      route: '* /payments',
      issuer: 'https://as.bank.example',
      jti: expect.stringMatching(/./),
      body: null,
      digests: { 'sha-256': createHash('sha256').update('{"amount":1}').digest('base64') },
      signatures: [{ by: 'client', label: 'dpop', algorithm: 'ES256', thumbprint: asked?.['jkt'] }],
    })
    expect([answered?.['exchange'], answered?.['interaction_id']]).toEqual([asked?.['exchange'], ID])
    expect(Buffer.from(String(letter?.['body']), 'base64').toString()).toBe('Dear \u001b[31mSir')
    expect((await verifyFiles(files)).faults).toEqual([])
    expect(((await stat(files[0] as string)).mode & 0o777).toString(8)).toBe('600')
    expect(((await stat(directory)).mode & 0o777).toString(8)).toBe('700')

    const closed = gateway.lines().find(({ msg }) => msg === 'evidence closed')
    const good = await holdfast('verify', '--head', String(closed?.['head']), ...files)
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('4 signatures: all as written')])
    const pack = await holdfast('show', '--interaction-id', ID, ...files)
    expect(pack.code).toBe(0)
    for (const part of [
      'POST https://api.bank.example/payments?x=1',
      `Token, jti:               ${asked?.['jti']}`,
      'by the client: verifies',
      'The answer',
      'Status:                   201',
      '"htm":"POST"',
    ])
      expect(pack.stdout).toContain(part)
  })
})

describe('evidence of a signed exchange', () => {
  it('has what both sides have signed, with their keys, and verifies', async () => {
    const directory = await evidenceFolder()
    const pki = await pkiFolder()
    const route = (path: string, evidence: string) => ({
      path,
      upstream: 'bank',
      evidence,
      require: { issuer: 'bank', signature: 'fapi2' },
      limits: { held_answer_size: '1KiB' },
    })
    const config = {
      evidence: { directory },
      clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
      signing: [{ key: `${pki}/signing-key.pem`, key_id: 'gateway', algorithm: 'ES256' }],
      routes: [route('/signed', 'signatures'), route('/whole', 'bodies'), route('/long', 'bodies')],
    }
    const long = 'x'.repeat(5_000)
    const digests = `${digestOf(long)}, ${digestOf(long, 'sha-512')}`
    const { gateway, stop } = await startWithUpstream(config, (request, response) => {
      if (request.url !== '/long') response.end('{"from":"upstream"}')
      else response.setHeader('content-digest', digests).end(long)
    })
    const body = '{"amount":1}'
    for (const path of ['/signed', '/whole', '/long']) {
      const call = { method: 'POST', path, body }
      expect(await gateway.call({ ...call, fields: signedFields(call) })).toMatchObject({ status: 200 })
    }
    const refused = { method: 'POST', path: '/signed', body: '{"amount":9}' }
    const fields = signedFields({ ...refused, body })
    expect(await gateway.call({ ...refused, fields })).toMatchObject({ status: 400, code: 'DIGEST_MISMATCH' })
    await stop()

    const files = (await readdir(directory)).map((name) => join(directory, name))
    const lines = (await Promise.all(files.map((file) => readFile(file, 'utf8'))))
      .join('')
      .trimEnd()
      .split('\n')
    const records = lines.map((line) => JSON.parse(line) as EvidenceRecord)
    const told = records
      .slice(1, -1)
      .map(({ kind, verdict, signatures }) =>
        [kind, verdict, ...signatures.map(({ by, label }) => `${by}:${label}`)].join(' '),
      )
    expect(told).toEqual([
      'request admitted client:sig1 client:dpop',
      'answer answered gateway:sig1',
      'request admitted client:sig1 client:dpop',
      'answer answered gateway:sig1',
      'request admitted client:sig1 client:dpop',
      'answer answered gateway:sig1',
      'refusal DIGEST_MISMATCH client:sig1 client:dpop gateway:sig1',
    ])
    const [, , signed, asked, answered, , flowed] = records
    expect([signed?.body, Buffer.from(asked?.body ?? '', 'base64').toString()]).toEqual([null, body])
    expect(Buffer.from(answered?.body ?? '', 'base64').toString()).toBe('{"from":"upstream"}')
    const digest = createHash('sha256').update('{"from":"upstream"}').digest('base64')
    expect([signed?.digests, answered?.digests]).toEqual([{ 'sha-256': digest }, { 'sha-256': digest }])
    // Too long to be held, so it is not kept.
    const [sha256, sha512] = ['sha256', 'sha512'].map((name) => hash(name, long, 'base64'))
    expect([flowed?.digests, flowed?.body]).toEqual([{ 'sha-256': sha256, 'sha-512': sha512 }, null])
    expect(asked?.signatures[0]?.base).toContain('"content-digest": sha-256=:')
    expect(await verifyFiles(files)).toMatchObject({ faults: [], exchanges: 4, signatures: 12 })
  })
})

it('of a token that is bound to a certificate says whose certificate it was, and nothing of a proof that nobody looked at', async () => {
  const directory = await evidenceFolder()
  const client_ca = join(await pkiFolder(), 'client-ca.pem')
  const { gateway, stop } = await startWithUpstream({
    listeners: [{ tls: { client_certificate: 'required', client_ca } }],
    evidence: { directory },
    routes: [{ path: '/accounts', upstream: 'bank', evidence: 'signatures', require: { issuer: 'bank' } }],
  })
  const certificate = await clientCertificate('client-1')
  const fields = [...bearerOf(certificate), 'dpop', proof('x'), 'x-fapi-interaction-id', ID]
  expect((await gateway.call({ path: '/accounts', fields, certificate })).status).toBe(200)
  await stop()
  const [file] = (await readdir(directory)) as [string]
  const { subject } = new X509Certificate(certificate.cert)
  const [request] = (await readFile(join(directory, file), 'utf8'))
    .split('\n')
    .filter((line) => line.includes('"kind":"request"'))
    .map((line) => JSON.parse(line) as EvidenceRecord)
  expect([request?.x5t_s256, request?.x5t_subject]).toEqual([x5tOf(certificate), subject])
  expect(request?.signatures).toEqual([])
  const { stdout } = await holdfast('show', '--interaction-id', ID, join(directory, file))
  expect(stdout).toContain(`Its subject:              ${subject}\n`)
})
