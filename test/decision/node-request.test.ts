import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type NodeRequest, rawRequest, requestFacts, shownBy } from '../../src/decision/node-request.ts'
import { originsOf } from '../../src/decision/scan.ts'
import { NOTHING_SHOWN } from '../../src/domain/peer-identity.ts'
import { outcome } from '../support/outcome.ts'
import { vectors } from '../support/vectors.ts'

const { rfc8705 } = vectors<{ readonly rfc8705: { readonly certificate_pem: string; 'x5t#S256': string } }>(
  'rfc-examples/rfc-examples.json',
)
const { raw } = new X509Certificate(rfc8705.certificate_pem)

const ORIGIN = 'https://api.bank.example'
const RULES = { origins: originsOf([ORIGIN]), fieldCount: 100, bodyLimit: 1000 }
const PSEUDO = [':method', 'GET', ':authority', 'api.bank.example', ':path', '/accounts']

const aNodeRequest = (changes: Partial<NodeRequest> = {}): NodeRequest => ({
  method: 'GET',
  url: '/accounts',
  httpVersion: '1.1',
  rawHeaders: ['Host', 'api.bank.example', 'Accept', '*/*'],
  socket: {},
  ...changes,
})

describe('a request of Node', () => {
  it.each(['1.0', '1.1'] as const)('of HTTP/%s is taken as it came', (version) => {
    expect(rawRequest(aNodeRequest({ httpVersion: version }), NOTHING_SHOWN)).toEqual({
      version,
      method: 'GET',
      target: '/accounts',
      authority: null,
      fields: ['Host', 'api.bank.example', 'Accept', '*/*'],
      mayHaveBody: true,
      ...NOTHING_SHOWN,
    })
  })

  it('of HTTP/2 has its pseudo-header fields apart, and none but those', () => {
    const http2 = (...fields: readonly string[]) =>
      rawRequest(aNodeRequest({ httpVersion: '2.0', rawHeaders: [...PSEUDO, ...fields] }), NOTHING_SHOWN)
    expect(http2('accept', ':authority')).toMatchObject({
      version: '2',
      authority: 'api.bank.example',
      fields: ['accept', ':authority'],
    })
    expect(http2()).toMatchObject({ authority: 'api.bank.example', fields: [] })
    const nowhere = aNodeRequest({ httpVersion: '2.0', rawHeaders: ['accept', ':authority', 'x', 'y'] })
    expect(rawRequest(nowhere, NOTHING_SHOWN)).toMatchObject({
      authority: null,
      fields: ['accept', ':authority', 'x', 'y'],
    })
  })

  it('of HTTP/2 names its authority wherever that stands, or nowhere', () => {
    const others = [':method', 'GET', ':path', '/accounts', ':scheme', 'https']
    const authorityIn = (pseudo: readonly string[]) => {
      const rawHeaders = [...pseudo, 'host', 'api.bank.example']
      return rawRequest(aNodeRequest({ httpVersion: '2.0', rawHeaders }), NOTHING_SHOWN).authority
    }
    for (const at of [0, 2, 4, 6])
      expect(authorityIn(others.toSpliced(at, 0, ':authority', 'a.example'))).toBe('a.example')
    expect(authorityIn(others)).toBeNull()
  })

  it('has the target that a framework has cut, as it came', () => {
    const mounted = aNodeRequest({ url: '/', originalUrl: '/accounts/1' })
    expect(requestFacts(mounted, RULES)).toMatchObject({ targetUri: `${ORIGIN}/accounts/1` })
  })

  it('is scanned like any other', () => {
    expect(requestFacts(aNodeRequest(), RULES)).toMatchObject({ targetUri: `${ORIGIN}/accounts`, peer: null })
    const twice = ['Host', 'api.bank.example', 'Authorization', 'DPoP a', 'Authorization', 'DPoP b']
    expect(requestFacts(aNodeRequest({ rawHeaders: twice }), RULES)).toMatchObject({
      repeatedCredential: 'authorization',
    })
    const foreign = aNodeRequest({ rawHeaders: ['Host', 'evil.example'] })
    expect(outcome(requestFacts(foreign, RULES))).toBe('HOST_FOREIGN')
  })
})

describe('its TLS peer', () => {
  const socket = (authorized?: boolean, der: Buffer = raw) => ({
    ...(authorized === undefined ? {} : { authorized }),
    getPeerX509Certificate: () => ({ raw: der }),
  })

  const peerOf = (
    authorized: boolean | undefined,
    mode: 'pki' | 'pop',
    der = raw,
    authorizationError?: unknown,
  ) =>
    shownBy({ raw: der }, { ...(authorized === undefined ? {} : { authorized }), authorizationError }, mode)

  it('counts in mode pki where TLS has verified the certificate, and there alone', () => {
    expect(peerOf(true, 'pki')).toMatchObject({
      peer: { thumbprint: rfc8705['x5t#S256'], mode: 'pki' },
      peerRejected: null,
    })
    for (const each of [false, undefined])
      expect(peerOf(each, 'pki')).toEqual({
        peer: null,
        peerRejected: 'the chain does not lead to the client CA',
      })
  })

  it('is rejected with the word of OpenSSL', () => {
    const coded = Object.assign(new Error('certificate revoked'), { code: 'CERT_REVOKED' })
    const rejected = [coded, new Error('some other'), 'CERT_HAS_EXPIRED'].map(
      (error) => peerOf(false, 'pki', raw, error).peerRejected,
    )
    expect(rejected).toEqual(['CERT_REVOKED', 'some other', 'CERT_HAS_EXPIRED'])
  })

  it('counts in mode pop whoever vouches for it (RFC 8705 §6.2)', () => {
    expect(peerOf(false, 'pop')).toMatchObject({
      peer: { thumbprint: rfc8705['x5t#S256'], mode: 'pop' },
      peerRejected: null,
    })
  })

  it('is nobody without a certificate, or with one that cannot be read', () => {
    expect(shownBy(undefined, { authorized: true }, 'pop')).toEqual(NOTHING_SHOWN)
    expect(peerOf(true, 'pop', Buffer.from('hello'))).toEqual({
      peer: null,
      peerRejected: 'the certificate cannot be parsed',
    })
  })

  it('is judged in mode pki unless it is said otherwise', () => {
    expect(requestFacts(aNodeRequest({ socket: socket(false) }), RULES)).toMatchObject({ peer: null })
    expect(requestFacts(aNodeRequest({ socket: socket(true) }), RULES)).toMatchObject({
      peer: { mode: 'pki' },
    })
    expect(requestFacts(aNodeRequest({ socket: socket() }), RULES, 'pop')).toMatchObject({
      peer: { mode: 'pop' },
    })
  })
})
