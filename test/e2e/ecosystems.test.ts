import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type GatewayConfig, startGateway, type TestGateway } from '../support/gateway.ts'
import { aKey, published } from '../support/keys.ts'
import { readText } from '../support/source.ts'
import type { Answer } from '../support/wire-client.ts'
import { type ClientCertificate, clientCertificate, pkiFolder, written, x5tOf } from '../support/wire-pki.ts'
import { nowSeconds, token } from '../support/wire-tokens.ts'
import { type RecordingUpstream, startUpstream } from '../support/wire-upstream.ts'

/** A request of a client with its certificate, and what comes of it: a status, or the code of the refusal. */
interface Trial {
  readonly method?: string
  readonly path: string
  readonly scope: string
  readonly claims?: object
  /** Whether the token speaks for the client alone. */
  readonly isClients?: boolean
  /** A field that the API asks for and the request does not have. */
  readonly without?: string
  /** Fields beside those that all requests have. */
  readonly fields?: readonly string[]
  readonly answers: number | string
}

interface Ecosystem {
  readonly file: string
  /** The consent `good`; `withdrawn` is the same in another state. */
  readonly consent: (state: string) => object
  readonly state: string
  /** What every answer repeats, the upstream's own aside. */
  readonly echo?: keyof typeof HEADERS
  /** What the ecosystem calls codes of ours. */
  readonly names?: Readonly<Record<string, string>>
  readonly trials: readonly Trial[]
}

const CLIENT = 's6BhdRkqt3'
/** What one ecosystem or the other asks for. */
const HEADERS = {
  'x-fapi-interaction-id': '93bac548-d2de-4546-b106-880a5018460d',
  'x-fapi-auth-date': new Date().toUTCString(),
  'x-idempotency-key': 'FRESCO.21302.GFX.20',
  'x-v': '1',
  'x-request-id': '3dc3d5b3-7023-4848-9853-f5400a64e80f',
  'psu-ip-address': '192.0.2.1',
}

const UK = '/open-banking/v4.0'
const intent = (id: string) => ({ claims: { openbanking_intent_id: id } })
const BR = '/open-banking'
const CDR = '/cds-au/v1'
const CDS = 'urn:au-cds:error:cds-all'
const arrangement = (id: string) => ({ claims: { cdr_arrangement_id: id } })

const ECOSYSTEMS: readonly Ecosystem[] = [
  {
    file: 'open-banking-uk.yaml',
    state: 'AUTH',
    consent: (Status) => ({
      Data: { Status, Permissions: ['ReadAccountsBasic', 'ReadBalances'] },
      ClientId: CLIENT,
    }),
    trials: [
      { path: `${UK}/aisp/accounts`, scope: 'accounts', ...intent('good'), answers: 200 },
      { path: `${UK}/aisp/accounts/1/balances`, scope: 'accounts', ...intent('good'), answers: 200 },
      {
        path: `${UK}/aisp/accounts/1/transactions`,
        scope: 'accounts',
        ...intent('good'),
        answers: 'CONSENT_PERMISSION',
      },
      { path: `${UK}/aisp/statements`, scope: 'accounts', ...intent('good'), answers: 'ROUTE_UNKNOWN' },
      { path: `${UK}/aisp/accounts`, scope: 'accounts', ...intent('withdrawn'), answers: 'U009' },
      { path: `${UK}/aisp/accounts`, scope: 'payments', ...intent('good'), answers: 'SCOPE_INSUFFICIENT' },
      { path: `${UK}/aisp/accounts`, scope: 'accounts', isClients: true, answers: 'GRANT_INSUFFICIENT' },
      {
        method: 'POST',
        path: `${UK}/aisp/account-access-consents`,
        scope: 'accounts',
        isClients: true,
        answers: 200,
      },
      {
        method: 'POST',
        path: `${UK}/aisp/account-access-consents`,
        scope: 'accounts',
        answers: 'GRANT_INSUFFICIENT',
      },
      {
        method: 'POST',
        path: `${UK}/pisp/domestic-payments`,
        scope: 'payments',
        ...intent('good'),
        answers: 200,
      },
      { path: `${UK}/pisp/domestic-payments/7`, scope: 'payments', isClients: true, answers: 200 },
      { path: `${UK}/vrp/domestic-vrps/7`, scope: 'payments', isClients: true, answers: 'ROUTE_UNKNOWN' },
      {
        method: 'POST',
        path: `${UK}/pisp/domestic-payments`,
        scope: 'payments',
        ...intent('good'),
        without: 'x-idempotency-key',
        answers: 'U007',
      },
    ],
  },
  {
    file: 'open-finance-brazil.yaml',
    state: 'AUTHORISED',
    consent: (status) => ({ data: { status, permissions: ['ACCOUNTS_READ'], clientId: CLIENT } }),
    trials: [
      { path: `${BR}/accounts/v2/accounts`, scope: 'openid accounts consent:good', answers: 200 },
      { path: `${BR}/accounts/v2/accounts/1`, scope: 'accounts consent:good', answers: 200 },
      {
        path: `${BR}/accounts/v2/accounts/1/balances`,
        scope: 'accounts consent:good',
        answers: 'CONSENT_PERMISSION',
      },
      { path: `${BR}/accounts/v2/accounts`, scope: 'accounts consent:withdrawn', answers: 'CONSENT_STATE' },
      { path: `${BR}/accounts/v2/accounts`, scope: 'accounts', answers: 'CONSENT_ABSENT' },
      {
        method: 'POST',
        path: `${BR}/consents/v3/consents`,
        scope: 'consents',
        isClients: true,
        answers: 200,
      },
      {
        method: 'POST',
        path: `${BR}/payments/v4/pix/payments`,
        scope: 'payments consent:good',
        answers: 200,
      },
      {
        method: 'PATCH',
        path: `${BR}/payments/v4/pix/payments/7`,
        scope: 'payments',
        isClients: true,
        answers: 200,
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        claims: { exp: 4_000_000_000 },
        answers: 'TOKEN_LIFETIME',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        without: 'x-fapi-interaction-id',
        answers: 'HEADER_ABSENT',
      },
    ],
  },
  {
    file: 'consumer-data-right.yaml',
    state: 'ACTIVE',
    consent: (status) => ({ status, client_id: CLIENT }),
    trials: [
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        answers: 200,
      },
      {
        path: `${CDR}/banking/accounts/1`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        answers: 'SCOPE_INSUFFICIENT',
      },
      {
        path: `${CDR}/common/customer`,
        scope: 'common:customer.basic:read',
        ...arrangement('withdrawn'),
        answers: `${CDS}:Authorisation/RevokedConsent`,
      },
      {
        path: `${CDR}/banking/products`,
        scope: 'bank:accounts.basic:read',
        answers: `${CDS}:Resource/NotFound`,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        without: 'x-v',
        answers: `${CDS}:Header/Missing`,
      },
    ],
  },
  {
    file: 'berlin-group.yaml',
    state: 'valid',
    consent: (consentStatus) => ({ consentStatus, validUntil: '2999-12-31', clientId: CLIENT }),
    echo: 'x-request-id',
    names: { MTLS_THUMBPRINT: 'TOKEN_INVALID', MTLS_ABSENT: 'CERTIFICATE_MISSING' },
    trials: [
      { path: '/v1/accounts', scope: 'AIS:good', fields: ['Consent-ID', 'good'], answers: 200 },
      {
        path: '/v1/accounts/1/transactions',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'good'],
        answers: 200,
      },
      {
        path: '/v1/accounts',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'other'],
        answers: 'CONSENT_UNKNOWN',
      },
      { path: '/v1/accounts', scope: 'AIS:good', answers: 'CONSENT_UNKNOWN' },
      {
        path: '/v1/accounts',
        scope: 'AIS:withdrawn',
        fields: ['Consent-ID', 'withdrawn'],
        answers: 'CONSENT_INVALID',
      },
      {
        path: '/v1/accounts',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'good'],
        without: 'x-request-id',
        answers: 'FORMAT_ERROR',
      },
      { method: 'POST', path: '/v1/consents', scope: '', isClients: true, answers: 200 },
      { method: 'POST', path: '/v1/consents', scope: '', answers: 'GRANT_INSUFFICIENT' },
      { method: 'POST', path: '/v1/payments/instant-sepa', scope: '', isClients: true, answers: 200 },
      {
        method: 'POST',
        path: '/v1/payments/instant-sepa',
        scope: '',
        isClients: true,
        without: 'psu-ip-address',
        answers: 'FORMAT_ERROR',
      },
      { path: '/v1/payments/instant-sepa/7', scope: 'PIS:7', answers: 200 },
      { path: '/v1/payments/instant-sepa/7/status', scope: 'PIS:7', answers: 200 },
      { path: '/v1/payments/instant-sepa/7/status', scope: '', isClients: true, answers: 200 },
      { path: '/v1/payments/instant-sepa/8/status', scope: 'PIS:7', answers: 'CONDITION_UNMET' },
      // The certificate does not state PSP_IC.
      {
        method: 'POST',
        path: '/v1/funds-confirmations',
        scope: '',
        isClients: true,
        answers: 'ROLE_INVALID',
      },
    ],
  },
]

describe.each(ECOSYSTEMS)('config/ecosystems/$file', ({ file, consent, state, names = {}, echo, trials }) => {
  let upstream: RecordingUpstream
  let gateway: TestGateway
  let certificate: ClientCertificate
  const service = { close: () => {} }

  beforeAll(async () => {
    const pki = await pkiFolder()
    const read = (name: string) => readFileSync(join(pki, name))
    const consents = createServer({ cert: read('as.pem'), key: read('as-key.pem') }, ({ url }, response) => {
      const status = url?.endsWith('/good') ? state : 'withdrawn'
      response.end(JSON.stringify(consent(status)))
    })
    await new Promise<void>((resolve) => consents.listen(0, '127.0.0.1', resolve))
    service.close = () => consents.close().closeAllConnections()
    upstream = await startUpstream()
    certificate = await clientCertificate('client-1')
    const keys = JSON.stringify(published(aKey('PS256', 'issuer')))
    const text = readText(`config/ecosystems/${file}`)
      .replaceAll('../../certs', pki)
      .replaceAll(/bind: 0\.0\.0\.0:\d+/g, 'bind: 127.0.0.1:0')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, `http://127.0.0.1:${upstream.port}`)
      .replaceAll(
        'https://consents.bank.example',
        `https://localhost:${(consents.address() as AddressInfo).port}`,
      )
    const config = parse(text) as GatewayConfig & { issuers: { bank: object } }
    gateway = await startGateway({
      ...config,
      issuers: { bank: { ...config.issuers.bank, jwks_file: await written(keys) } },
    })
  })

  afterAll(async () => {
    await gateway.stop()
    await upstream.close()
    service.close()
  })

  it.each(trials.map((trial) => ({ method: 'GET', ...trial })))(
    '$method $path with $scope: $answers',
    async (trial) => {
      const answer = await ask(trial, certificate)
      expect(codeOf(answer) ?? answer.status).toBe(trial.answers)
      expect(upstream.seen).toHaveLength(answer.status === 200 ? 1 : 0)
      if (echo !== undefined && answer.status !== 200 && trial.without !== echo)
        expect(answer.all(echo)).toEqual([HEADERS[echo]])
    },
  )

  it('lets nobody use the token of another, or none', async () => {
    const passes = trials.find(({ answers }) => answers === 200)!
    const others = await clientCertificate('client-2')
    expect(codeOf(await ask(passes, others))).toBe(names['MTLS_THUMBPRINT'] ?? 'MTLS_THUMBPRINT')
    const without = await ask(passes, undefined).then(codeOf, ({ code }) => code)
    expect([names['MTLS_ABSENT'] ?? 'MTLS_ABSENT', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED']).toContain(
      without,
    )
    expect(upstream.seen).toEqual([])
  })

  function ask(trial: Trial, shown?: ClientCertificate) {
    const { method = 'GET', path, scope, claims, isClients = false, without, fields: more = [] } = trial
    const accessToken = token({
      key: aKey('PS256', 'issuer'),
      claims: {
        client_id: CLIENT,
        sub: isClients ? CLIENT : 'customer-7',
        scope,
        exp: nowSeconds() + 300,
        cnf: { 'x5t#S256': x5tOf(certificate) },
        ...claims,
      },
    })
    upstream.seen.length = 0
    const sent = Object.entries(HEADERS).filter(([name]) => name !== without)
    const fields = ['authorization', `Bearer ${accessToken}`, ...sent.flat(), ...more]
    return gateway.call({ method, path, fields, certificate: shown })
  }
})

/** In the form of the ecosystem; undefined where it was admitted. */
function codeOf({ status, body }: Answer): string | undefined {
  if (status === 200) return undefined
  const said = JSON.parse(body)
  return said.errors?.[0].code ?? said.tppMessages?.[0].code ?? said.Errors[0].ErrorCode
}
