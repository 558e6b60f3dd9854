import { expect } from 'vitest'
import { CLIENT, type Ecosystem, TEXT } from './trial.ts'

const BR = '/open-banking'

export const OPEN_FINANCE_BRAZIL: Ecosystem = {
  file: 'open-finance-brazil.yaml',
  state: 'AUTHORISED',
  consent: (status) => ({ data: { status, permissions: ['ACCOUNTS_READ'], clientId: CLIENT } }),
  names: { MTLS_THUMBPRINT: 'UNAUTHORIZED' },
  refusals: {
    type: 'application/json; charset=utf-8',
    body: {
      errors: [{ code: TEXT, title: TEXT, detail: TEXT }],
      meta: { requestDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    },
  },
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
}
