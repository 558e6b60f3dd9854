import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Authority, makeAuthority } from '../../certs/issue.ts'
import { ROUTES } from '../support/gateway.ts'
import { type Answer, raw } from '../support/wire-client.ts'
import {
  type ClientCertificate,
  clientCertificate,
  pkiFolder,
  selfSigned,
  shortLived,
  written,
  x5tOf,
} from '../support/wire-pki.ts'
import { bearerOf, credentials } from '../support/wire-tokens.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

interface Presenting {
  readonly listener?: string
  readonly boundTo?: ClientCertificate
  readonly version?: '1.1' | '2'
}

/** What is presented, how it is made, why it is not accepted, and at which listener. */
type Unwelcome = readonly [string, () => Promise<ClientCertificate | undefined>, string | null, string]

const authority = await makeAuthority('CN=another client CA', 1)
const good = await clientCertificate('client-1')
const pki = await pkiFolder()
const client_ca = join(pki, 'client-ca.pem')
const revocable = { client_ca, client_crl: join(pki, 'client-ca.crl.pem') }
const plain = { client_ca: [client_ca, await written(authority.certificate)] }
const { gateway, upstream, stop } = await startWithUpstream({
  listeners: [
    { tls: { client_certificate: 'optional', ...revocable } },
    { name: 'required', tls: { client_certificate: 'required', ...revocable } },
    { name: 'plain', tls: { client_certificate: 'optional', ...plain } },
    { name: 'plain-required', tls: { client_certificate: 'required', ...plain } },
    { name: 'pop', tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } },
    { name: 'pop-required', tls: { client_certificate: 'required', client_certificate_mode: 'pop' } },
    { name: 'none' },
  ],
  routes: ROUTES,
})
afterAll(stop)

describe('client certificates', () => {
  function present(
    certificate: ClientCertificate | undefined,
    { listener = 'public', boundTo = certificate ?? good, version = '1.1' }: Presenting = {},
  ): Promise<Answer> {
    return gateway.call({
      port: gateway.ports.get(listener) as number,
      path: '/accounts',
      fields: bearerOf(boundTo),
      certificate,
      version,
    })
  }

  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it.each(['public', 'required', 'plain', 'pop', 'pop-required'])(
      'a bound token passes at %s',
      async (listener) => {
        upstream.news()
        expect((await present(good, { listener, version })).status).toBe(200)
        expect(upstream.news().map((seen) => seen.all('holdfast-x5t-s256'))).toEqual([[x5tOf(good)]])
      },
    )

    it('a listener that asks for none has none', async () => {
      const answer = await present(good, { listener: 'none', version })
      expect([answer.status, answer.code]).toEqual([401, 'MTLS_ABSENT'])
    })

    it('another client of the same CA is another client', async () => {
      const answer = await present(await clientCertificate('client-2'), { boundTo: good, version })
      expect([answer.status, answer.code]).toEqual([401, 'MTLS_THUMBPRINT'])
    })
  })

  describe('where they are optional', () => {
    const unwelcome: readonly (readonly [...Unwelcome, string])[] = [
      ['none', async () => undefined, null, 'public', 'MTLS_ABSENT'],
      [
        'one of another CA',
        () => clientCertificate('stranger'),
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'public',
        'MTLS_UNTRUSTED',
      ],
      ['a revoked one', () => clientCertificate('revoked'), 'CERT_REVOKED', 'public', 'MTLS_REVOKED'],
      [
        'one that nobody signed',
        () => selfSigned(),
        'DEPTH_ZERO_SELF_SIGNED_CERT',
        'plain',
        'MTLS_UNTRUSTED',
      ],
      ['an expired one', () => shortLived(authority, -10), 'CERT_HAS_EXPIRED', 'plain', 'MTLS_EXPIRED'],
      ['one for servers', () => forServers(authority), 'INVALID_PURPOSE', 'plain', 'MTLS_UNTRUSTED'],
    ]
    it.each(unwelcome)('%s counts as none, and why is recorded', async (_, make, reason, listener, code) => {
      const certificate = await make()
      upstream.news()
      const answer = await present(certificate, { listener })
      expect([answer.status, answer.code, answer.body.includes(String(reason))]).toEqual([401, code, false])
      expect(upstream.news()).toEqual([])
      const [id] = answer.all('x-fapi-interaction-id')
      const line = await gateway.line((each) => each['interaction_id'] === id)
      expect([line['peer'], line['peer_rejected']]).toEqual([null, reason])
    })

    it('a bad one does not stand in the way of DPoP', async () => {
      const certificate = await clientCertificate('stranger')
      expect((await gateway.call({ path: '/accounts', fields: credentials(), certificate })).status).toBe(200)
    })
  })

  describe('where they are required', () => {
    const request = 'GET /status HTTP/1.1\r\nHost: api.bank.example\r\n\r\n'

    const unwelcome: readonly Unwelcome[] = [
      ['none', async () => undefined, NONE, 'required'],
      [
        'one of another CA',
        () => clientCertificate('stranger'),
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'required',
      ],
      ['a revoked one', () => clientCertificate('revoked'), 'CERT_REVOKED', 'required'],
      ['one that nobody signed', () => selfSigned(), 'UNABLE_TO_GET_CRL', 'required'],
      ['an expired one', () => shortLived(authority, -10), 'CERT_HAS_EXPIRED', 'plain-required'],
      ['one for servers', () => forServers(authority), 'INVALID_PURPOSE', 'plain-required'],
      ['none, for possession alone', async () => undefined, NONE, 'pop-required'],
    ]
    it.each(unwelcome)('%s ends the handshake, and the log says why', async (_, make, reason, listener) => {
      upstream.news()
      const port = gateway.ports.get(listener) as number
      const answer = await raw(port, request, { certificate: await make() }).catch(() => ({
        text: '',
        closed: true,
      }))
      expect(answer).toEqual({ text: '', closed: true })
      expect(upstream.news()).toEqual([])
      const told = { msg: 'handshake failed', level: 'info', listener, remote: '127.0.0.1', reason }
      expect(
        await gateway.line(
          ({ msg, ...line }) =>
            msg === told.msg && line['reason'] === reason && line['listener'] === listener,
        ),
      ).toMatchObject(told)
      expect(await gateway.metrics()).toMatch(
        new RegExp(`\nholdfast_tls_failures_total\\{reason="${reason}"\\} [1-9]`),
      )
    })

    it('a good one goes on', async () => {
      const answer = await raw(gateway.ports.get('required') as number, request, { certificate: good })
      expect(answer.text).toContain('HTTP/1.1 200')
    })
  })

  describe('as proof of possession alone', () => {
    it('one that names nobody will do too', async () => {
      expect((await present(await selfSigned(''), { listener: 'pop' })).status).toBe(200)
    })

    it('one that nobody signed will do, for the token that is bound to it', async () => {
      const mine = await selfSigned()
      expect((await present(mine, { listener: 'pop' })).status).toBe(200)
      expect((await present(mine, { listener: 'pop', boundTo: await selfSigned() })).code).toBe(
        'MTLS_THUMBPRINT',
      )
      expect((await present(undefined, { listener: 'pop', boundTo: mine })).code).toBe('MTLS_ABSENT')
    })
  })
})

const NONE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'

/** A certificate of an accepted CA whose extended key usage is not that of a client (RFC 5280 §4.2.1.12). */
async function forServers(authority: Authority): Promise<ClientCertificate> {
  const { certificate, key } = await authority.issue({ subject: 'CN=client-1', usage: 'serverAuth' })
  return { cert: certificate, key: key.export({ type: 'pkcs8', format: 'pem' }) as string }
}
