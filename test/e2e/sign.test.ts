import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runSign } from '../../src/cli/sign.ts'
import { said } from '../cli/said.ts'
import { aKey, type SigningKey } from '../support/keys.ts'
import { clientKey } from '../support/signature.ts'
import { clientCertificate, pkiFolder, x5tOf } from '../support/wire-pki.ts'
import { needs, run } from '../support/wire-programs.ts'
import { clientJwks, digestOf, otherKeys } from '../support/wire-signature.ts'
import { certificateToken, ORIGIN, proof, token } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const BODY = '{"amount":"12.00"}'

const pki = await pkiFolder()
const { gateway, stop } = await startWithUpstream(
  {
    listeners: [{ tls: { client_certificate: 'optional', client_ca: join(pki, 'client-ca.pem') } }],
    clients: [{ client_id: 'tpp-1', jwks: clientJwks() }],
    signing: { key: join(pki, 'signing-key.pem'), key_id: 'gateway', algorithm: 'ES256' },
    routes: [{ path: '/signed/**', upstream: 'bank', require: { issuer: 'bank', signature: 'fapi2' } }],
  },
  (_, response, body) => response.end(`got ${body}`),
)
afterAll(stop)

/** What the command prints goes to curl as it is, and with it to the real process. */
describe.skipIf(!needs('curl', '--version'))('holdfast sign', () => {
  function file(name: string, content: string): string {
    const path = join(gateway.folder, name)
    writeFileSync(path, content)
    return path
  }

  function keyFile({ kid, privateKey }: SigningKey): string {
    return file(`${kid}.jwk`, JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid }))
  }

  const boundTo = ({ jkt }: SigningKey) => token({ claims: { cnf: { jkt } } })

  interface Asked {
    readonly key?: SigningKey
    readonly accessToken?: string
    readonly method?: string
    readonly path?: string
    readonly more?: readonly string[]
  }

  /** What the command prints. */
  async function sign(asked: Asked = {}): Promise<string> {
    const {
      key = clientKey(),
      accessToken = boundTo(key),
      method = 'GET',
      path = '/signed',
      more = [],
    } = asked
    const { code, out, err } = await said(runSign, [
      ...['--key', keyFile(key), '--token', accessToken],
      ...['--method', method, '--url', `${ORIGIN}${path}`, ...more],
    ])
    expect([code, err]).toEqual([0, ''])
    return out
  }

  async function curl(fields: string, path = '/signed', ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(
      'curl',
      [
        ...['--silent', '--show-error', '--max-time', '60', '--cacert', join(pki, 'server-ca.pem')],
        ...['--connect-to', `api.bank.example:443:127.0.0.1:${gateway.port}`],
        ...['--write-out', ' %{http_code}', '--header', '@-', ...args, `${ORIGIN}${path}`],
      ],
      fields,
    )
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  const data = (body: string) => ['--data-binary', `@${file('sent', body)}`]
  const payment = () => sign({ method: 'POST', more: ['--body', file('signed', BODY)] })

  it.each(['--http1.1', '--http2'])('a request, and one with a body, %s', async (version) => {
    const path = "/signed/it's?from=a%2Fb&to="
    expect(await curl(await sign({ path }), path, version)).toBe('got  200')
    expect(await curl(await payment(), '/signed', version, ...data(BODY))).toBe(`got ${BODY} 200`)
  })

  it.each(otherKeys().map((key) => [key.alg, key] as const))('a key for %s', async (_, key) => {
    expect(await curl(await sign({ key }))).toBe('got  200')
  })

  it('a body without octets', async () => {
    const fields = await sign({ method: 'POST', more: ['--body', file('empty', '')] })
    expect(await curl(fields, '/signed', ...data(''))).toBe('got  200')
  })

  it('a proof by another key than the signature', async () => {
    const key = aKey('ES256', 'for proofs')
    const accessToken = boundTo(key)
    const made = proof(accessToken, { key, claims: { htu: `${ORIGIN}/signed` } })
    expect(await curl(await sign({ accessToken, more: ['--proof', made] }))).toBe('got  200')
  })

  it('a token that is bound to a certificate', async () => {
    const accessToken = certificateToken(x5tOf(await clientCertificate('client-1')))
    const certificate = ['--cert', join(pki, 'client-1.pem'), '--key', join(pki, 'client-1-key.pem')]
    expect(await curl(await sign({ accessToken, more: ['--bearer'] }), '/signed', ...certificate)).toBe(
      'got  200',
    )
  })

  describe('what is changed before it is sent is refused', () => {
    const OTHER = BODY.replace('12', '13')

    it('the body', async () => {
      expect(await curl(await payment(), '/signed', ...data(OTHER))).toMatch(/"DIGEST_MISMATCH".* 400$/)
    })

    it('the body and its digest', async () => {
      const fields = (await payment()).replace(digestOf(BODY), digestOf(OTHER))
      expect(await curl(fields, '/signed', ...data(OTHER))).toMatch(/"SIG_INVALID".* 401$/)
    })

    it('the query', async () => {
      expect(await curl(await sign({ path: '/signed?to=a' }), '/signed?to=b')).toMatch(/"SIG_INVALID".* 401$/)
    })

    it('the proof, for another that is good', async () => {
      const accessToken = boundTo(clientKey())
      const [one, two] = [await sign({ accessToken }), await sign({ accessToken })]
      const dpop = /^dpop: .*$/m
      expect(await curl(one.replace(dpop, dpop.exec(two)?.[0] ?? ''))).toMatch(/"SIG_INVALID".* 401$/)
    })

    it('nothing, but it is sent twice', async () => {
      const fields = await sign()
      expect(await curl(fields)).toBe('got  200')
      expect(await curl(fields)).toMatch(/"DPOP_REPLAYED".* 401$/)
    })
  })
})
