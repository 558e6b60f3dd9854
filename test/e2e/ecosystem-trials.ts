/** A request of a client with its certificate, and what comes of it: a status, or the code of the refusal. */
export interface Trial {
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
  /** What the token is signed with, where it is not PS256. */
  readonly algorithm?: 'ES256'
  readonly answers: number | string
  /** Of a refusal, where the ecosystem has another than we. */
  readonly status?: number
  readonly title?: string
}

export interface Ecosystem {
  readonly file: string
  /** The consent `good`; `withdrawn` is the same in another state. Where payments have consents of their own, it is `payment`. */
  readonly consent: (state: string) => object
  readonly state: string
  /** What every answer repeats, the upstream's own aside. */
  readonly echo?: keyof typeof HEADERS
  /** What the ecosystem calls codes of ours. */
  readonly names?: Readonly<Record<string, string>>
  readonly trials: readonly Trial[]
}

export const CLIENT = 's6BhdRkqt3'
/** What one ecosystem or the other asks for. */
export const HEADERS = {
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

/** The files of config/ecosystems, and what must become of requests there. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
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
      {
        path: `${UK}/aisp/accounts`,
        scope: 'accounts',
        ...intent('withdrawn'),
        answers: 'U009',
        status: 400,
      },
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
    names: { MTLS_THUMBPRINT: 'UNAUTHORIZED' },
    trials: [
      { path: `${BR}/accounts/v2/accounts`, scope: 'openid accounts consent:good', answers: 200 },
      { path: `${BR}/accounts/v2/accounts/1`, scope: 'accounts consent:good', answers: 200 },
      {
        path: `${BR}/accounts/v2/accounts/1/balances`,
        scope: 'accounts consent:good',
        answers: 'CONSENT_PERMISSION',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:withdrawn',
        answers: 'CONSENT_STATE',
        status: 401,
      },
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
        scope: 'payments consent:payment',
        answers: 200,
      },
      {
        method: 'POST',
        path: `${BR}/payments/v4/pix/payments`,
        scope: 'payments consent:good',
        answers: 'CONSENT_STATE',
      },
      {
        method: 'PATCH',
        path: `${BR}/payments/v4/pix/payments/7`,
        scope: 'payments',
        isClients: true,
        answers: 200,
      },
      { path: `${BR}/accounts/v2/accounts`, scope: 'openid consent:good', answers: 'SCOPE_INSUFFICIENT' },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts',
        isClients: true,
        answers: 'GRANT_INSUFFICIENT',
      },
      {
        method: 'POST',
        path: `${BR}/consents/v3/consents`,
        scope: 'consents',
        answers: 'GRANT_INSUFFICIENT',
      },
      {
        method: 'POST',
        path: `${BR}/payments/v4/pix/payments`,
        scope: 'payments',
        isClients: true,
        answers: 'GRANT_INSUFFICIENT',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        claims: { client_id: 'another' },
        answers: 'CONSENT_OWNER',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        claims: { exp: 4_000_000_000 },
        answers: 'UNAUTHORIZED',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        algorithm: 'ES256',
        answers: 'UNAUTHORIZED',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        without: 'x-fapi-interaction-id',
        answers: 'HEADER_ABSENT',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        without: 'x-fapi-auth-date',
        answers: 200,
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        without: 'x-fapi-auth-date',
        fields: ['x-fapi-auth-date', '2026-01-01'],
        answers: 'HEADER_MALFORMED',
      },
      {
        path: `${BR}/accounts/v2/accounts`,
        scope: 'accounts consent:good',
        without: 'x-fapi-interaction-id',
        fields: ['x-fapi-interaction-id', '7'],
        answers: 'HEADER_MALFORMED',
      },
      {
        method: 'POST',
        path: `${BR}/payments/v4/pix/payments`,
        scope: 'payments consent:payment',
        without: 'x-idempotency-key',
        answers: 'HEADER_ABSENT',
      },
      {
        method: 'PATCH',
        path: `${BR}/payments/v4/pix/payments/7`,
        scope: 'payments',
        isClients: true,
        without: 'x-idempotency-key',
        fields: ['x-idempotency-key', 'k'.repeat(41)],
        answers: 'HEADER_MALFORMED',
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
        title: 'Consent Is Revoked',
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
        title: 'Missing Required Header',
      },
      // Its upstream knows which versions there are, and has a code of its own for what is none.
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        without: 'x-v',
        fields: ['x-v', 'abc'],
        answers: 200,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        without: 'x-fapi-auth-date',
        answers: `${CDS}:Header/Missing`,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        without: 'x-fapi-auth-date',
        fields: ['x-fapi-auth-date', '2026-01-01'],
        answers: `${CDS}:Header/Invalid`,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        without: 'x-fapi-interaction-id',
        answers: 200,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        ...arrangement('good'),
        without: 'x-fapi-interaction-id',
        fields: ['x-fapi-interaction-id', '7'],
        answers: `${CDS}:Header/Invalid`,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        answers: `${CDS}:Authorisation/InvalidConsent`,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        claims: { client_id: 'another', cdr_arrangement_id: 'good' },
        answers: `${CDS}:Authorisation/InvalidConsent`,
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        isClients: true,
        answers: 'GRANT_INSUFFICIENT',
      },
      {
        path: `${CDR}/banking/accounts`,
        scope: 'bank:accounts.basic:read',
        claims: { cdr_arrangement_id: 'good', exp: 4_000_000_000 },
        answers: 'TOKEN_LIFETIME',
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
        status: 401,
      },
      {
        path: '/v1/accounts',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'good'],
        without: 'x-request-id',
        answers: 'FORMAT_ERROR',
      },
      {
        path: '/v1/accounts',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'good'],
        claims: { client_id: 'another' },
        answers: 'CONSENT_UNKNOWN',
      },
      {
        path: '/v1/accounts',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'good'],
        claims: { exp: 1_700_000_000, iat: 1_699_999_900 },
        answers: 'TOKEN_EXPIRED',
      },
      {
        path: '/v1/accounts',
        scope: 'AIS:good',
        fields: ['Consent-ID', 'good'],
        claims: { aud: 'https://other.example' },
        answers: 'TOKEN_INVALID',
      },
      { path: '/v1/trusted-beneficiaries', scope: 'AIS:good', answers: 'RESOURCE_UNKNOWN' },
      { method: 'DELETE', path: '/v1/accounts', scope: 'AIS:good', answers: 'SERVICE_INVALID' },
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
      {
        method: 'POST',
        path: '/v1/payments/instant-sepa',
        scope: '',
        isClients: true,
        without: 'psu-ip-address',
        fields: ['psu-ip-address', 'unknown'],
        answers: 'FORMAT_ERROR',
      },
      { path: '/v1/payments/instant-sepa/7', scope: 'PIS:7', answers: 200 },
      { path: '/v1/payments/instant-sepa/7/status', scope: 'PIS:7', answers: 200 },
      { path: '/v1/payments/instant-sepa/7/status', scope: '', isClients: true, answers: 200 },
      { path: '/v1/payments/instant-sepa/8/status', scope: 'PIS:7', answers: 'RESOURCE_UNKNOWN' },
      // The certificate does not state PSP_IC.
      {
        method: 'POST',
        path: '/v1/funds-confirmations',
        scope: '',
        isClients: true,
        answers: 'ROLE_INVALID',
        status: 401,
      },
    ],
  },
]
