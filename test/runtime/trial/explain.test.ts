import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDocument } from '../../../src/config/load.ts'
import { readSettings } from '../../../src/runtime/settings/settings.ts'
import { explainRequest } from '../../../src/runtime/trial/explain.ts'
import { BANK, ROUTES } from '../../support/gateway.ts'
import { codeOf } from '../../support/wire-client.ts'
import { pkiFolder } from '../../support/wire-pki.ts'
import { credentials, HOST } from '../../support/wire-tokens.ts'
import { startWithUpstream } from '../../support/with-upstream.ts'

const protectedBy = (path: string, require: object, more: object = {}) => ({
  path,
  upstream: 'bank',
  require: { issuer: 'bank', ...require },
  ...more,
})
const { gateway, stop } = await startWithUpstream(async (url) => ({
  listeners: [{ limits: { header_size: '2KiB', body_size: '1KiB' } }],
  signing: {
    key: join(await pkiFolder(), 'signing-key.pem'),
    key_id: 'next',
    algorithm: 'ES256',
    sign_from: '2099-01-01T00:00:00Z',
  },
  signature_profiles: { answers: { request: 'off', response: {} } },
  upstreams: { bank: { url }, told: { url, identity: 'jwt' }, signed: { url, signature: {} } },
  issuers: { bank: BANK },
  routes: [
    ...ROUTES,
    protectedBy('/', {}),
    protectedBy('/scripts', {}, { cors: { origins: 'https://app.example' } }),
    protectedBy('/answers', { signature: 'answers' }),
    protectedBy('/told', {}, { upstream: 'told' }),
    protectedBy('/watched', {}, { upstream: 'told', enforce: 'shadow' }),
    protectedBy('/signed', {}, { upstream: 'signed' }),
  ],
}))
afterAll(stop)

describe('what the gateway does before and behind the decision is told as it does it', () => {
  const line = (name: string, length: number) => `${name}: ${'x'.repeat(length - name.length - 4)}`
  /** All of the head but such a field. */
  const REST = `GET /status HTTP/1.1\r\nHost: ${HOST}\r\n`.length
  const chunks = (length: number) =>
    `Transfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${'x'.repeat(length)}\r\n0\r\n`
  const allowed = (path: string) => {
    const [, authorization, , proof] = credentials(path)
    return `Authorization: ${authorization}\r\nDPoP: ${proof}\r\n`
  }
  const asking = 'Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n'

  it.each<[name: string, start: string, behind: string, code: string | undefined, last: string]>([
    ['OPTIONS of the server as a whole', 'OPTIONS *', '', undefined, 'scan'],
    ['a preflight', 'OPTIONS /scripts', asking, undefined, 'preflight'],
    ['a preflight where no script may call', 'OPTIONS /accounts', asking, 'TOKEN_ABSENT', 'credential'],
    ['a head at its limit', 'GET /status', `${line('X', 2048 - REST + 2)}\r\n`, undefined, 'shape'],
    ['a head above', 'GET /status', `${line('X', 2048 - REST + 3)}\r\n`, 'FIELDS_TOO_LARGE', 'scan'],
    ['a target above', `GET /${'x'.repeat(2048)}`, '', 'TARGET_TOO_LONG', 'scan'],
    ['a field that ends in a control', 'GET /status', 'X: a\x0b\r\n', 'FRAMING_BROKEN', 'scan'],
    ['chunks at the limit', 'POST /status', chunks(1024), undefined, 'shape'],
    ['chunks above', 'POST /status', chunks(1025), 'BODY_TOO_LARGE', 'shape'],
    ['answers that nobody can sign', 'GET /answers', allowed('/answers'), 'SIGNING_UNAVAILABLE', 'forward'],
    ['an identity that nobody can', 'GET /told', allowed('/told'), 'SIGNING_UNAVAILABLE', 'forward'],
    ['an identity that nobody is asked for', 'GET /watched', '', undefined, 'shape'],
    [
      'what is forwarded, that nobody can',
      'GET /signed',
      allowed('/signed'),
      'SIGNING_UNAVAILABLE',
      'forward',
    ],
  ])('%s', async (_, start, behind, code, last) => {
    const request = `${start} HTTP/1.1\r\nHost: ${HOST}\r\n${behind}\r\n`
    const settings = readSettings(loadDocument(join(gateway.folder, 'gateway.yaml')))
    const told = await explainRequest(settings, { request, certificate: null, at: null, listener: null })
    expect(told.code ?? undefined).toBe(code)
    expect(codeOf((await gateway.raw(request)).text)).toBe(code)
    const reached = told.steps.filter(({ state }) => state === 'passed' || state === 'refused')
    expect(reached.at(-1)?.step).toBe(last)
  })
})
