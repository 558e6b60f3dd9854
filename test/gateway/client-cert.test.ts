import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../certs/issue.ts'
import { parseItem } from '../../src/codec/structured-field.ts'
import { type Call, callOn, openHttp2 } from '../support/wire-client.ts'
import { openInProcess } from '../support/wire-in-process.ts'
import {
  belowAnIntermediate,
  clientCertificate,
  pkiFolder,
  selfSigned,
  shortLived,
  written,
  x5tOf,
} from '../support/wire-pki.ts'
import { bearerOf, credentials, nowSeconds } from '../support/wire-tokens.ts'
import type { Seen } from '../support/wire-upstream.ts'
import { startWithUpstream } from '../support/with-upstream.ts'

const AUTHORITY = 'CN=another client CA'
const CLIENT_CERT = ['client-cert', 'client-cert-chain']

const pki = await pkiFolder()
const client = await clientCertificate('client-1')
const below = await belowAnIntermediate()
const authority = await makeAuthority(AUTHORITY, 1)
const client_ca = [
  join(pki, 'client-ca.pem'),
  await written(below.anchor),
  await written(authority.certificate),
]
const require = { issuer: 'bank', scope: 'accounts' }
const { gateway, upstream, stop } = await startWithUpstream((url) => ({
  listeners: [
    { tls: { client_certificate: 'optional', client_ca } },
    { name: 'pop', tls: { client_certificate: 'optional', client_certificate_mode: 'pop' } },
    { name: 'none' },
  ],
  upstreams: {
    bank: { url },
    leaf: { url, client_cert: 'leaf' },
    chain: { url, client_cert: 'chain' },
  },
  routes: ['bank', 'leaf', 'chain'].flatMap((name) => [
    { path: `/${name}`, upstream: name, require },
    { path: `/open/${name}`, upstream: name, danger_public: true },
  ]),
}))
afterAll(stop)

describe('an upstream that is given the certificate of the client (RFC 9440)', () => {
  async function passed(path: string, call: Omit<Call, 'path' | 'port'> & { listener?: string } = {}) {
    const { listener = 'public', certificate } = call
    const bound = certificate === undefined ? credentials(path) : bearerOf(certificate)
    upstream.news()
    const port = gateway.ports.get(listener) as number
    const answer = await gateway.call({ port, path, fields: bound, ...call })
    expect(answer.status).toBe(200)
    return upstream.news()[0] as Seen
  }

  describe.each(['1.1', '2'] as const)('over HTTP/%s', (version) => {
    it('gets it as one byte sequence, and it is that of the thumbprint', async () => {
      const seen = await passed('/leaf', { certificate: client, version })
      expect(seen.all('client-cert').map(derOf)).toEqual([new X509Certificate(client.cert).raw])
      expect(seen.all('holdfast-x5t-s256')).toEqual([x5tOf(client)])
      expect(seen.all('client-cert-chain')).toEqual([])
    })

    it('gets those above it in the order of TLS, without the anchor', async () => {
      const seen = await passed('/chain', { certificate: below.client, version })
      expect(seen.all('client-cert').map(derOf)).toEqual([new X509Certificate(below.client.cert).raw])
      expect(seen.all('client-cert-chain').flatMap(dersOf)).toEqual([new X509Certificate(below.above).raw])
    })

    it('gets nothing that a client says of itself', async () => {
      const fields = ['client-cert', ':AA==:', 'client-cert-chain', ':AA==:']
      for (const listener of ['public', 'pop', 'none'])
        expect(told(await passed('/open/chain', { fields, version, listener }))).toEqual([])
      const own = await passed('/open/leaf', { certificate: client, fields, version })
      expect(own.all('client-cert').map(derOf)).toEqual([new X509Certificate(client.cert).raw])
    })
  })

  it('gets no chain where there is none but the anchor', async () => {
    expect(told(await passed('/chain', { certificate: client }))).toEqual(['client-cert'])
  })

  it('gets it too where the token is bound to a key, for the certificate was verified', async () => {
    const seen = await passed('/leaf', { certificate: client, fields: credentials('/leaf') })
    expect(told(seen)).toEqual(['client-cert'])
  })

  it('gets none above it that has not signed the one before it', async () => {
    const other = await belowAnIntermediate()
    const certificate = { ...client, cert: [client.cert, below.above, other.client.cert].join('\n') }
    expect(told(await passed('/chain', { certificate }))).toEqual(['client-cert'])
    const more = { ...below.client, cert: [below.client.cert, other.client.cert].join('\n') }
    const seen = await passed('/chain', { certificate: more })
    expect(seen.all('client-cert-chain').flatMap(dersOf)).toEqual([new X509Certificate(below.above).raw])
  })

  it('gets none above it that only has the name of who has signed it', async () => {
    const [own, other] = await Promise.all([shortLived(authority, 3_600), belowAnIntermediate(AUTHORITY)])
    const certificate = { ...own, cert: [own.cert, other.above].join('\n') }
    expect(told(await passed('/chain', { certificate }))).toEqual(['client-cert'])
  })

  it('gets it only where that is asked for', async () => {
    expect(told(await passed('/bank', { certificate: client }))).toEqual([])
  })

  it('gets one that nobody verified only where the token is bound to it, and never its chain', async () => {
    const listener = 'pop'
    const certificate = await selfSigned('CN=client-1')
    expect(told(await passed('/chain', { certificate, listener }))).toEqual(['client-cert'])
    expect(told(await passed('/chain', { certificate: below.client, listener }))).toEqual(['client-cert'])
    expect(told(await passed('/leaf', { certificate, listener, fields: credentials('/leaf') }))).toEqual([])
    expect(told(await passed('/open/leaf', { certificate, listener, fields: [] }))).toEqual([])
  })

  it('gets it no more once its time is over', async () => {
    const certificate = await shortLived(authority, 120)
    let past = 0
    const listener = await openInProcess(
      {
        listeners: [
          { tls: { client_certificate: 'optional', client_ca: await written(authority.certificate) } },
        ],
        upstreams: { leaf: { url: `http://127.0.0.1:${upstream.port}`, client_cert: 'leaf' } },
        routes: [{ path: '/open/leaf', upstream: 'leaf', danger_public: true }],
      },
      { now: () => nowSeconds() + past },
    )
    const connection = await openHttp2(listener.port, certificate)
    const send = async () => {
      upstream.news()
      const { status } = await callOn(connection, { path: '/open/leaf' })
      return [status, told(upstream.news()[0] as Seen)]
    }
    expect(await send()).toEqual([200, ['client-cert']])
    past = 121
    expect(await send()).toEqual([200, []])
    connection.close()
    await listener.stop()
  })
})

/** The names of what it was told of a certificate. */
function told(seen: Seen): string[] {
  return CLIENT_CERT.filter((name) => seen.all(name).length > 0)
}

function derOf(field: string): Buffer {
  const bare = parseItem(field)?.bare
  return Buffer.from(bare?.type === 'binary' ? bare.value : [])
}

function dersOf(field: string): Buffer[] {
  return field.split(', ').map(derOf)
}
